// Writes the generated parts of the documentation; with --check says what is out of date instead, and finds links to
// files that do not exist.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { generators } from './lib/generators.mjs'
import { filesBelow, root, workspaces } from './lib/process.mjs'

const isCheck = process.argv.includes('--check')
const begin = /^<!-- generated:(.*) -->$/
const end = '<!-- /generated -->'
const problems = []
const used = new Set()
let written = 0

for (const path of pages()) {
  const text = readFileSync(path, 'utf8').replaceAll('\r\n', '\n')
  const name = relative(root, path).replaceAll('\\', '/')
  const generated = await regenerate(text, name)
  if (generated !== text) {
    if (isCheck) problems.push(`${name} is out of date; run \`npm run docs\``)
    else writeFileSync(path, generated)
    written++
  }
  checkLinks(path, name, generated)
}
for (const name of Object.keys(generators)) {
  if (!used.has(name)) problems.push(`no page has a marker for the generator ${name}`)
}

for (const problem of problems) console.error(`docs: ${problem}`)
console.log(`docs: ${used.size} generated parts, ${written} pages ${isCheck ? 'out of date' : 'written'}`)
process.exitCode = problems.length === 0 ? 0 : 1

function pages() {
  const fixed = [
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    ...workspaces().map(({ folder }) => `${folder}/README.md`),
  ]
  return [
    ...fixed.map((name) => join(root, name)).filter((path) => existsSync(path)),
    ...filesBelow(join(root, 'docs'), (path) => path.endsWith('.md')),
  ]
}

/** The text with everything between markers made anew. */
async function regenerate(text, page) {
  const lines = []
  let open
  for (const line of text.split('\n')) {
    const name = begin.exec(line)?.[1]
    if (name !== undefined && open === undefined) {
      open = name
      lines.push(line, ...(await generate(name, page)))
    } else if (name !== undefined) problems.push(`${page}: ${name} begins inside ${open}`)
    if (line === end) open = undefined
    if (open === undefined) lines.push(line)
  }
  if (open !== undefined) problems.push(`${page}: ${open} has no line ${end}`)
  // A page with broken markers is left as it is.
  return open === undefined ? lines.join('\n') : text
}

async function generate(name, page) {
  const generator = generators[name]
  if (generator === undefined) {
    problems.push(`${page}: there is no generator ${name}`)
    return []
  }
  used.add(name)
  // Formatted as `npm run format` would, so that the two never disagree.
  const options = await resolveConfig(join(root, page))
  const formatted = await format(await generator(), { ...options, parser: 'markdown' })
  return ['', formatted.trimEnd(), '']
}

/** Links to other places in the repository must lead somewhere. */
function checkLinks(path, page, text) {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '')
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(?:[a-z]+:|#)/.test(target)) continue
    const file = join(dirname(path), target.replace(/#.*$/, ''))
    if (!existsSync(file)) problems.push(`${page}: the link ${target} leads nowhere`)
  }
}
