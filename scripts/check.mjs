// Type-checks every package together with its tests; ready.mjs has built the sources already.
import { node, tool, workspaces } from './lib/process.mjs'

const failed = workspaces().filter(
  ({ folder }) => node(tool('typescript', 'bin', 'tsc'), ['-p', `${folder}/tsconfig.test.json`]) !== 0,
)
for (const { folder } of failed) console.error(`check: type errors in ${folder}`)
if (failed.length === 0) console.log('check: no type errors')
process.exitCode = failed.length === 0 ? 0 : 1
