// Renders committed result files of `npm run bench`; nothing here measures or computes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './process.mjs'

const folder = join(root, 'bench', 'results')

function read(name) {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'))
}

/** One row per bar of every result file. */
export function benchmarkTable() {
  const records = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map(read)
  const rows = records.flatMap(({ command, bars }) =>
    bars.map(({ what, bar, measured, met }) => {
      const verdict = met === null ? (bar === 'none' ? '' : 'not run') : met ? 'met' : '**missed**'
      return `| ${what} | ${bar} | ${measured} | ${verdict} | \`${command}\` |`
    }),
  )
  const machines = new Set(
    records.map(({ cpu, cores, versions }) => {
      return `${cpu}, ${cores} cores, Node ${versions.node}, ONNX Runtime ${versions.onnxruntime}`
    }),
  )
  return [
    '| what | bar | measured | | command |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    `Measured on: ${[...machines].join('; ')}.`,
  ].join('\n')
}

/** The commands of the main job with what they printed; of the audit the first screen. */
export function mainJobTranscript() {
  const { results, command } = read('main-job.json')
  const blocks = results.transcript.map(({ command: typed, output }) => {
    const [screen, ...rest] = output.split('\n\nWhat can be told:')
    const shown = rest.length === 0 ? screen : `${screen}\n\n[...]`
    return ['```', `$ ${typed}`, shown, '```'].join('\n')
  })
  const guide = '[Reading an audit](docs/guides/reading-an-audit.md) has the rest of what the audit printed.'
  return [...blocks, `${guide} (From \`bench/results/main-job.json\`, written by \`${command}\`.)`].join(
    '\n\n',
  )
}

/** All that the audit of the main job printed. */
export function auditExample() {
  const { results } = read('main-job.json')
  const { command, output } = results.transcript.find(({ command: typed }) =>
    typed.startsWith('veilrec audit'),
  )
  return ['```', `$ ${command}`, output, '```'].join('\n')
}
