export default { build: { outDir: "../priv/static/app" } }
