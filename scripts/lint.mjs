// Lints with type information, then checks the format; `npm run format` mends the latter.
//
// A linter that silently lost a rule would pass everything, so the rules we rely on are first tried on a
// file that breaks each of them.
import { spawnSync } from 'node:child_process'
import { node, root, tool } from './lib/process.mjs'

const relied = [
  'eslint(no-console)',
  'eslint(no-restricted-globals)',
  'eslint(no-restricted-properties)',
  'import(no-default-export)',
  'typescript(consistent-type-imports)',
  'typescript(explicit-module-boundary-types)',
  'typescript(no-explicit-any)',
  'typescript(no-floating-promises)',
  'typescript(no-misused-promises)',
  'typescript(only-throw-error)',
]
const fixture = 'tests/lint-fixture'
const oxlint = tool('oxlint', 'bin', 'oxlint')

const selfCheck = spawnSync(process.execPath, [oxlint, '--type-aware', '--format=unix', fixture], {
  cwd: root,
  encoding: 'utf8',
})
const silent = relied.filter((rule) => !selfCheck.stdout.includes(rule))
if (silent.length > 0) {
  console.error(`lint: these rules no longer fire on ${fixture}: ${silent.join(', ')}`)
  console.error(selfCheck.stdout + selfCheck.stderr)
}

const lint = node(oxlint, ['--type-aware', '--deny-warnings', `--ignore-pattern=${fixture}`, '.'])
const format = process.argv.includes('--no-format')
  ? 0
  : node(tool('prettier', 'bin', 'prettier.cjs'), ['--check', '--log-level=warn', '.'])
if (format !== 0) console.error('lint: run `npm run format`')
process.exitCode = silent.length === 0 && lint === 0 && format === 0 ? 0 : 1
