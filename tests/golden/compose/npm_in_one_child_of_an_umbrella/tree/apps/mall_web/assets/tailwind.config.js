module.exports = { content: ["./js/**/*.js", "../lib/**/*.*ex"] };
