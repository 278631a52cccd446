// What the scripts share: the repository root and running a tool without a shell.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Reads a JSON file named relative to the root. */
export function readJson(...path) {
  return JSON.parse(readFileSync(join(root, ...path), 'utf8'))
}

/** Every workspace package as `{ folder, manifest }`, in the order of the root's `workspaces`. */
export function workspaces() {
  return readJson('package.json').workspaces.map((folder) => ({
    folder,
    manifest: readJson(folder, 'package.json'),
  }))
}

/** Every file below a folder whose path passes the test, as absolute paths. */
export function filesBelow(folder, keep) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(keep)
    .sort()
}

/** Runs a JavaScript file with this Node and returns its exit status; the output goes to our own. */
export function node(script, args, options = {}) {
  return spawn(process.execPath, [script, ...args], options).status
}

/** Runs npm and returns its exit status. */
export function npm(args, options = {}) {
  return npmResult(args, options).status
}

/** Runs npm and returns the whole result, for callers that capture the output. */
export function npmResult(args, options = {}) {
  // npm names its own script when it started us; calling that needs no shell on any platform.
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return spawn(process.execPath, [script, ...args], options)
  return spawn('npm', args, { shell: process.platform === 'win32', ...options })
}

/** A file inside an installed tool, by its path below node_modules. */
export function tool(...path) {
  return join(root, 'node_modules', ...path)
}

function spawn(command, args, options) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    encoding: 'utf8',
    ...options,
  })
  if (result.error) console.error(`${command}: ${result.error.message}`)
  return { ...result, status: result.status ?? 1 }
}
