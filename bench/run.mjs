// Runs the named benchmarks (all quick ones by default) and writes bench/results/NAME.json.
// Quick ones take about five minutes together; `big-table` writes and adds 600 MB in one, `main-job` and the cells of
// MovieLens train for up to an hour and more each: give VEILREC_HOME a folder that stays, and VEILREC_BENCH_MINUTES the time
// there is, and they stop in time and go on when they are called again.
import { mkdirSync, writeFileSync } from 'node:fs'

import { OutOfTime } from './lib/command.mjs'
import { describeMachine } from './lib/machine.mjs'

const learnedMethods = ['afrl', 'pfrec', 'filters', 'ffvae']
const benchmarks = {
  'sasrec-step': () => import('./sasrec-step.mjs'),
  'catalogue-size': () => import('./catalogue-size.mjs'),
  determinism: () => import('./determinism.mjs'),
  'command-line': () => import('./command-line.mjs'),
  'full-ranking': () => import('./full-ranking.mjs'),
  'big-table': () => import('./big-table.mjs'),
  'ml-1m-bert4rec': async () => (await import('./ml-1m.mjs')).cell('bert4rec'),
  'ml-1m-gru4rec': async () => (await import('./ml-1m.mjs')).cell('gru4rec'),
  'ml-1m-pmf': async () => (await import('./ml-1m.mjs')).cell('pmf'),
  'ml-1m-deepmodel': async () => (await import('./ml-1m.mjs')).cell('deepmodel'),
  'ml-100k-models': () => import('./ml-100k.mjs'),
  'ml-1m-scoring': () => import('./ml-1m-scoring.mjs'),
  'main-job': () => import('./main-job.mjs'),
  'ml-1m-audit-sasrec': async () => (await import('./ml-1m-audit.mjs')).cell('sasrec'),
  'ml-1m-quick-audit': async () => (await import('./ml-1m-audit.mjs')).quick,
  'ml-1m-audit-pmf': async () => (await import('./ml-1m-audit.mjs')).cell('pmf'),
  ...Object.fromEntries(
    learnedMethods.flatMap((method) => [
      [`ml-1m-veil-${method}`, async () => (await import('./ml-1m-veil.mjs')).cell(method)],
      [`ml-1m-audit-${method}`, async () => (await import('./ml-1m-audit.mjs')).cell(method)],
    ]),
  ),
  'veil-growth': () => import('./veil-growth.mjs'),
  service: () => import('./service.mjs'),
  'serve-guide': () => import('./serve-guide.mjs'),
}
const slow = (name) => /^(main-job|big-table|ml-.*|veil-growth|service|serve-guide)$/.test(name)

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in benchmarks))
if (unknown.length > 0) {
  console.error(`no benchmark "${unknown[0]}"; there are ${Object.keys(benchmarks).join(', ')}`)
  process.exit(2)
}
const names = asked.length > 0 ? asked : Object.keys(benchmarks).filter((name) => !slow(name))

let failed = false
let unfinished = false
for (const name of names) {
  console.error(`\n${name}`)
  const { measure } = await benchmarks[name]()
  const measured = await measure().catch((error) => {
    if (!(error instanceof OutOfTime)) throw error
    console.error(`${name}: ${error.message}`)
  })
  if (measured === undefined) {
    unfinished = true
    continue
  }
  const { results, bars } = measured
  const record = { benchmark: name, command: `npm run bench -- ${name}`, ...describeMachine(), bars, results }
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true })
  const pretty = JSON.stringify(record, undefined, 2)
  // An audit has ten thousand figures, which nobody reads line by line.
  const text = pretty.length > 200_000 ? JSON.stringify(record, sixDigits) : pretty
  writeFileSync(new URL(`./results/${name}.json`, import.meta.url), `${text}\n`)
  for (const { what, bar, measured: figure, met } of bars) {
    console.log(`${met === null ? '       ' : met ? 'met    ' : 'MISSED '}  ${what}: ${figure} (bar ${bar})`)
    if (met === false) failed = true
  }
}
process.exitCode = unfinished ? 3 : failed ? 1 : 0

/** Nobody needs more of an AUC, and it halves the file. */
function sixDigits(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value
}
