// Everything that CI runs, in order, with timings. A failing step does not hide the later ones. The tests come
// last, so that `N passed, N failed` is the last line printed.
import { npm } from './lib/process.mjs'

const steps = ['check', 'lint', 'deps', 'unused', 'licences', 'docs:check', 'api:check', 'pack']

const failed = []
const timings = []
for (const name of steps) {
  console.log(`\n== ${name}`)
  const start = performance.now()
  if (npm(['run', '--silent', name]) !== 0) failed.push(name)
  timings.push(`${name} ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
console.log(`\n== ${timings.join(', ')}`)
console.log(
  failed.length === 0
    ? '== all steps passed, now the tests'
    : `== FAILED: ${failed.join(', ')}; now the tests`,
)

const tests = npm(['test', '--silent'])
process.exitCode = failed.length === 0 && tests === 0 ? 0 : 1
