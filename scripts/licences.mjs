// Every package that a user of Veilrec installs must have a licence on this list; development tools are not
// shipped and not looked at. Reads the lock file, so that packages of other platforms are seen as well.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, root, workspaces } from './lib/process.mjs'

const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  // Binds changes to the files it covers, and nothing that is linked with them.
  'MPL-2.0',
  'Python-2.0',
  'Unlicense',
])

const problems = []
const shipped = Object.entries(readJson('package-lock.json').packages).filter(
  ([path, entry]) => path.includes('node_modules/') && !entry.dev && !entry.devOptional && !entry.link,
)
for (const [path, entry] of shipped) {
  const licence = entry.license ?? installedLicence(path)
  if (!isAllowed(licence)) {
    problems.push(`${path.split('node_modules/').at(-1)} ${entry.version}: ${licence ?? 'no licence stated'}`)
  }
}
if (shipped.length === 0) problems.push('no shipped package was found in package-lock.json')

// A published package carries the licence text itself.
const text = readFileSync(join(root, 'LICENSE'), 'utf8')
for (const { folder, manifest } of workspaces()) {
  if (manifest.license !== 'Apache-2.0') problems.push(`${manifest.name}: license is not Apache-2.0`)
  const path = join(root, folder, 'LICENSE')
  if (manifest.private !== true && (!existsSync(path) || readFileSync(path, 'utf8') !== text)) {
    problems.push(`${folder}/LICENSE is not a copy of LICENSE`)
  }
}

for (const problem of problems) console.error(`licences: ${problem}`)
console.log(`licences: ${shipped.length} packages, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

/** An SPDX expression: one choice of an OR, every part of an AND. */
function isAllowed(expression) {
  if (typeof expression !== 'string') return false
  const choices = expression.replace(/^\((.*)\)$/, '$1').split(' OR ')
  return choices.some((choice) => choice.split(' AND ').every((id) => allowed.has(id.trim())))
}

function installedLicence(path) {
  const manifest = join(root, path, 'package.json')
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).license : undefined
}
