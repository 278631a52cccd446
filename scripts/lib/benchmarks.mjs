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
      const verdict = met === null ? 'not run' : met ? 'met' : '**missed**'
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

/** The commands of the main job with what they printed. */
export function thinPathTranscript() {
  const { results, command } = read('thin-path.json')
  const blocks = results.transcript.map(({ command: typed, output }) =>
    ['```', `$ ${typed}`, output, '```'].join('\n'),
  )
  return [...blocks, `(From \`bench/results/thin-path.json\`, written by \`${command}\`.)`].join('\n\n')
}
