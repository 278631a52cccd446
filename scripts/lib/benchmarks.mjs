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

/** The commands of the main job with what they printed. */
export function thinPathTranscript() {
  const { results, command } = read('thin-path.json')
  const blocks = results.transcript.map(({ command: typed, output }) =>
    ['```', `$ ${typed}`, output, '```'].join('\n'),
  )
  const untied = results.manifest.test.model['ndcg@10-untied']
  const [value, lower, upper] = [untied.value, untied.interval.lower, untied.interval.upper].map((x) =>
    x.toFixed(4),
  )
  const ties =
    `Over the users whose last film is not tied in time with the one before, whose order therefore is no guess, ` +
    `the NDCG@10 of sasrec is ${value} [${lower}, ${upper}]. (Runs now show it in the table.)`
  return [...blocks, ties, `(From \`bench/results/thin-path.json\`, written by \`${command}\`.)`].join('\n\n')
}
