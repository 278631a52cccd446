#!/usr/bin/env node
// Plain, committed JavaScript, so that an old Node or a missing build gives a message and not a stack trace.
// No static import and no top-level await: this much must parse on Node 12.

var version = process.versions.node.split('.').map(Number)

if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error('Veilrec needs Node 20.19 or newer; this is ' + process.versions.node + '.')
  console.error('Install a newer Node and run the command again.')
  process.exit(2)
}

import(new URL('../dist/main.js', import.meta.url).href).catch(function (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !String(error.message).includes('main.js')) throw error
  console.error('Veilrec is not built: packages/cli/dist/main.js does not exist.')
  console.error('Run `npm run build` in the checkout, then run the command again.')
  process.exit(2)
})
