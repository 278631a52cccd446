// Runs the tests and prints `N passed, N failed` as the last line.
//
//   npm test                                       everything
//   npm test -- packages/core/src/random           files whose path contains this
//   npm test -- packages/core/src/random -t split  and tests whose name matches
//
// A run that executes no test fails. With VEILREC_TEST_DATA set, a skipped test that is not listed in
// allowed-skips.json fails too: on a machine that has the data nothing may hide behind its absence.
import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'
import { readJson, root } from './lib/process.mjs'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { testNamePattern: { type: 'string', short: 't' } },
})

const data = process.env.VEILREC_TEST_DATA
if (data !== undefined && data !== '') {
  process.env.VEILREC_TEST_DATA = resolve(data)
  if (!existsSync(data)) fail(`VEILREC_TEST_DATA names a folder that does not exist: ${data}`)
} else {
  delete process.env.VEILREC_TEST_DATA
}

process.chdir(root)
const vitest = await startVitest('test', positionals, {
  root,
  watch: false,
  reporters: ['default'],
  ...values,
})
const counts = { passed: 0, failed: 0 }
const skipped = []
for (const module of vitest.state.getTestModules()) {
  const file = relative(root, module.moduleId).replaceAll('\\', '/')
  for (const test of module.children.allTests()) {
    const { state } = test.result()
    if (state === 'skipped') skipped.push(`${file} > ${test.fullName}`)
    // A test that is still pending belongs to a worker that died.
    else counts[state === 'passed' ? 'passed' : 'failed']++
  }
  const isBroken =
    module.errors().length > 0 || [...module.children.allSuites()].some((s) => s.errors().length)
  if (isBroken) counts.failed++
}
const unhandled = vitest.state.getUnhandledErrors().length
counts.failed += unhandled
await vitest.close()

if (unhandled > 0) console.log(`${unhandled} errors outside any test, counted as failures`)
if (values.testNamePattern === undefined) reportSkips()
if (counts.passed + counts.failed === 0) {
  console.log('No test was executed, counted as a failure')
  counts.failed = 1
}
// vitest may know of a failure that no test carries, such as a broken global setup.
if (process.exitCode && counts.failed === 0) {
  console.log('The test runner failed outside any test, counted as a failure')
  counts.failed = 1
}
finish()

function reportSkips() {
  const allowed = new Set(readJson('scripts', 'allowed-skips.json'))
  // An entry is one test, or a file whose tests may all be skipped.
  const isAllowed = (name) => allowed.has(name) || allowed.has(name.split(' > ')[0])
  for (const name of skipped) console.log(`skipped: ${name}${isAllowed(name) ? ' (allowed)' : ''}`)
  if (process.env.VEILREC_TEST_DATA === undefined) return
  const forbidden = skipped.filter((name) => !isAllowed(name))
  if (forbidden.length === 0) return
  console.log(`${forbidden.length} skipped tests are not in scripts/allowed-skips.json, counted as failures`)
  counts.failed += forbidden.length
}

function finish() {
  const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
  const line = `${counts.passed} passed, ${counts.failed} failed${skips}\n`
  // Exit by hand once the line is out: a stray handle of a test must not keep the process alive.
  process.stdout.write(line, () => process.exit(counts.failed === 0 ? 0 : 1))
}

function fail(message) {
  console.error(message)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
