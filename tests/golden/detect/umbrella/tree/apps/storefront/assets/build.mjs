console.log('priv/static')
