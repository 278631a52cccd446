// Writes the public interface of every published package, as its declarations say it, to docs/reference/api.txt, and that
// of the service to docs/reference/openapi.json; with --check says whether these files are out of date. A change of what users
// program against shows up in the diff.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { openApiDocument } from '@veilrec/service'
import { format, resolveConfig } from 'prettier'
import { root, workspaces } from './lib/process.mjs'

const target = join(root, 'docs', 'reference', 'api.txt')
const problems = []

const sections = workspaces()
  .filter(({ manifest }) => manifest.private !== true)
  .map(({ folder, manifest }) => {
    const exported = exportsOf(join(root, folder, 'dist', 'index.d.ts'))
    const declarations = [...exported].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
    return [`# ${manifest.name}`, ...declarations].join('\n\n')
  })
const text = `${sections.join('\n\n')}\n`

const openApi = join(root, 'docs', 'reference', 'openapi.json')
const json = await format(JSON.stringify(await openApiDocument()), {
  ...(await resolveConfig(openApi)),
  parser: 'json',
})
for (const [file, content] of [
  [target, text],
  [openApi, json],
]) {
  if (!process.argv.includes('--check')) writeFileSync(file, content)
  else {
    const committed = existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r\n', '\n') : ''
    if (committed !== content) problems.push(firstDifference(relative(root, file), committed, content))
  }
}

for (const problem of problems) console.error(`api: ${problem}`)
console.log(`api: ${text.split('\n').length} lines, ${problems.length === 0 ? 'up to date' : 'out of date'}`)
process.exitCode = problems.length === 0 ? 0 : 1

/** Declarations by exported name: of a name from another of our packages only where it comes from. */
function exportsOf(file) {
  const exported = new Map()
  const source = statements(file)
  for (const statement of source) {
    const from = /from '([^']+)'/.exec(statement)?.[1]
    if (statement.startsWith('export *')) {
      const below = exportsOf(join(dirname(file), from.replace(/\.js$/, '.d.ts')))
      const space = /^export \* as (\w+)/.exec(statement)?.[1]
      if (space === undefined) for (const [name, text] of below) exported.set(name, text)
      else for (const [name, text] of below) exported.set(`${space}.${name}`, `// ${space}\n${text}`)
    } else if (statement.startsWith('export {')) {
      for (const name of namesOf(statement)) exported.set(name, declarationOf(name, from, file))
    } else if (statement.startsWith('export ')) exported.set(nameOf(statement), statement)
  }
  return exported
}

function declarationOf(name, from, file) {
  if (!from.startsWith('.')) return `export { ${name} } from '${from}'`
  const inner = exportsOf(join(dirname(file), from.replace(/\.js$/, '.d.ts'))).get(name)
  if (inner === undefined) problems.push(`${name} is not declared in ${from}`)
  return inner ?? ''
}

/** The top-level statements of a declaration file without comments: each begins at the start of a line. */
function statements(file) {
  const code = readFileSync(file, 'utf8')
    .replaceAll('\r\n', '\n')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
  const found = []
  for (const line of code) {
    if (/^[A-Za-z]/.test(line)) found.push(line.trimEnd())
    else found[found.length - 1] += `\n${line.trimEnd()}`
  }
  return found
}

function namesOf(statement) {
  const list = /\{([\s\S]*?)\}/.exec(statement)[1]
  return list
    .split(',')
    .map((part) => part.replace(/\btype\b/, '').trim())
    .filter((part) => part !== '')
}

function nameOf(statement) {
  return /^export (?:declare )?(?:abstract )?(?:const|function|class|interface|type) (\w+)/.exec(
    statement,
  )?.[1]
}

function firstDifference(name, before, after) {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const at = now.findIndex((line, index) => line !== old[index])
  const line = at < 0 ? now.length : at
  return `${name}:${line + 1}: "${old[line] ?? ''}" is now "${now[line] ?? ''}"; run \`npm run api\``
}
