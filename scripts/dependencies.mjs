// Enforces .dependency-cruiser.mjs: imports only go down, core stays browser-safe, no cycles.
//
// A cruise that saw nothing passes every rule, so the rules are first tried on a folder that breaks each of
// them, and the real run must have seen every source file and imports that are known to exist.
import { join, relative } from 'node:path'
import { cruise } from 'dependency-cruiser'
import { builtRules, sourceRules } from '../.dependency-cruiser.mjs'
import { filesBelow, root, workspaces } from './lib/process.mjs'

const fixture = 'tests/dependency-fixture'
const caught = [
  'core-imports-only-itself',
  'service-imports-only-itself-core-runtime',
  'service-needs-no-duckdb',
  'testing-is-for-tests',
  'other-packages-by-name',
  'core-has-no-builtins',
  'core-has-three-dependencies',
  'control-has-no-dependencies',
  'declared-dependencies',
  'resolvable',
  'core-knows-no-onnxruntime',
  'no-cycles',
]
const knownImports = [
  ['packages/core/src/index.ts', 'packages/core/src/errors/error-codes.ts'],
  ['packages/runtime/src/safetensors.ts', 'packages/core/dist/index.js'],
  ['packages/service/src/service.ts', 'packages/runtime/dist/index.js'],
  ['packages/core/dist/index.js', 'packages/core/dist/errors/error-codes.js'],
]
const problems = []

const offences = [
  await look(sourceRules, ['packages/core/src', 'packages/service/src'], join(root, fixture)),
  await look(builtRules, ['packages/core/built'], join(root, fixture)),
].flatMap(({ summary }) => summary.violations.map(({ rule }) => rule.name))
const missed = caught.filter((rule) => !offences.includes(rule))
if (missed.length > 0) problems.push(`these rules no longer catch ${fixture}: ${missed.join(', ')}`)

const folders = workspaces().map(({ folder }) => folder)
const results = [await look(sourceRules, inEach('src'), root), await look(builtRules, inEach('dist'), root)]
for (const { summary } of results) {
  for (const { rule, from, to } of summary.violations) problems.push(`${rule.name}: ${from} -> ${to}`)
}

const seen = new Map(results.flatMap(({ modules }) => modules).map((module) => [module.source, module]))
const sources = inEach('src')
  .flatMap((folder) => filesBelow(join(root, folder), (path) => path.endsWith('.ts')))
  .map((path) => relative(root, path).replaceAll('\\', '/'))
for (const path of sources) if (!seen.has(path)) problems.push(`not seen: ${path}`)
for (const [from, to] of knownImports) {
  const isSeen = seen.get(from)?.dependencies.some(({ resolved }) => resolved === to)
  if (!isSeen) problems.push(`the known import ${from} -> ${to} was not seen`)
}

for (const problem of problems) console.error(`dependencies: ${problem}`)
const imports = sources.reduce((sum, path) => sum + (seen.get(path)?.dependencies.length ?? 0), 0)
console.log(`dependencies: ${sources.length} source files, ${imports} imports, ${problems.length} problems`)
process.exitCode = problems.length === 0 ? 0 : 1

function inEach(name) {
  return folders.map((folder) => `${folder}/${name}`)
}

async function look(ruleSet, paths, baseDir) {
  const options = {
    baseDir,
    ruleSet,
    validate: true,
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  }
  const resolveOptions = {
    exportsFields: ['exports'],
    conditionNames: ['import', 'default'],
    extensions: ['.ts', '.js', '.mjs', '.d.ts'],
  }
  const { output } = await cruise(paths, options, resolveOptions)
  return output
}
