// Finds files, exports and dependencies that nothing uses. Hints about the configuration are errors too, so that
// an exception does not outlive its reason.
import { node, tool } from './lib/process.mjs'

process.exitCode = node(tool('knip', 'bin', 'knip.js'), ['--treat-config-hints-as-errors'])
if (process.exitCode === 0) console.log('unused: nothing')
