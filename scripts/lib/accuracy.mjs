// The recommenders on MovieLens-1M side by side, from the result files of their benchmarks.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from './process.mjs'

// SASRec is trained by the main job; the others have a cell of their own.
const files = ['main-job', 'ml-1m-bert4rec', 'ml-1m-gru4rec', 'ml-1m-pmf', 'ml-1m-deepmodel']

/** Test accuracy of every measured recommender with its default settings, and of the baselines. */
export function accuracyTable() {
  const records = files
    .map((name) => join(root, 'bench', 'results', `${name}.json`))
    .filter((path) => existsSync(path))
    .map((path) => JSON.parse(readFileSync(path, 'utf8')))
  const models = records.map(({ command, results: { manifest, evaluation } }) =>
    row(manifest.model, evaluation, (manifest.trainingSeconds / 60).toFixed(0), `\`${command}\``),
  )
  const [{ results }] = records
  const baselines = Object.entries(results.evaluation.baselines).map(([name, figures]) =>
    row(name, figures, '', 'with each of them'),
  )
  return [
    '| recommender | NDCG@10 [95 %] | the same, last item not tied | HIT@10 | MRR | coverage@10 | training, minutes | command |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...models,
    ...baselines,
  ].join('\n')
}

function row(name, figures, minutes, command) {
  const { lower, upper } = figures.intervals['ndcg@10']
  const cells = [
    name,
    `${digits(figures['ndcg@10'])} [${digits(lower)}, ${digits(upper)}]`,
    digits(figures.untied['ndcg@10']),
    digits(figures['hit@10'], 3),
    digits(figures.mrr, 3),
    digits(figures['coverage@10'], 3),
    minutes,
    command,
  ]
  return `| ${cells.join(' | ')} |`
}

function digits(value, count = 4) {
  return value.toFixed(count)
}

/** The recommenders on MovieLens-100K, mean and spread over seeds; the baselines have none to speak of. */
export function smallAccuracyTable() {
  const path = join(root, 'bench', 'results', 'ml-100k-models.json')
  const { results, command } = JSON.parse(readFileSync(path, 'utf8'))
  const metrics = ['ndcg@10', 'hit@10', 'mrr', 'coverage@10']
  const spread = ({ mean, deviation }) => `${digits(mean, 3)} (${digits(deviation, 3)})`
  const models = results.table.map((figures) => [
    figures.model,
    ...metrics.map((metric) => spread(figures[metric])),
    digits(figures.minutes.mean, 1),
  ])
  const baselines = Object.entries(results.baselines).map(([name, figures]) => [
    name,
    ...metrics.map((metric) => digits(figures[metric], 3)),
    '',
  ])
  return [
    '| recommender | NDCG@10 (sd over seeds) | HIT@10 | MRR | coverage@10 | training, minutes |',
    '| --- | --- | --- | --- | --- | --- |',
    ...[...models, ...baselines].map((cells) => `| ${cells.join(' | ')} |`),
    '',
    `Three seeds, by \`${command}\`.`,
  ].join('\n')
}
