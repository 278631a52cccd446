// Makes a fresh clone usable: installs what the lock file says when it changed, then builds.
// Builtins only, because it runs before anything is installed.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const marker = join(root, 'node_modules', '.veilrec-lock-hash')
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Veilrec needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer Node and run the command again.`,
  )
  process.exit(2)
}

const lockHash = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const installed = existsSync(marker) ? readFileSync(marker, 'utf8') : ''
if (installed !== lockHash) {
  console.error('Installing dependencies (npm ci)')
  run(npm(), ['ci', '--no-audit', '--no-fund'])
  writeFileSync(marker, lockHash)
}
run(process.execPath, [tsc, '-b'])

/** npm's own script when npm started us, so that no shell is needed on any platform. */
function npm() {
  const script = process.env.npm_execpath
  return script && script.endsWith('.js') ? script : 'npm'
}

function run(command, args) {
  const isScript = command.endsWith('.js')
  const executable = isScript ? process.execPath : command
  const argv = isScript ? [command, ...args] : args
  const { status, error } = spawnSync(executable, argv, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: !isScript && executable === 'npm' && process.platform === 'win32',
  })
  if (error) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
