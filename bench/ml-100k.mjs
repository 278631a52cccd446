// Every recommender on MovieLens-100K with three seeds: test NDCG@10 and HIT@10, mean and spread over the seeds, beside the
// baselines. Every training has at most `maxMinutes`. Give VEILREC_HOME a folder that stays, and what is trained is kept.
import { veilrec } from './lib/command.mjs'
import { benchHome, ensureDataset, trainedRun } from './lib/trained-run.mjs'

const models = ['sasrec', 'bert4rec', 'gru4rec', 'pmf']
const seeds = [1, 2, 3]
const maxMinutes = 5
const metrics = ['ndcg@10', 'hit@10', 'mrr', 'coverage@10']

export async function measure() {
  const home = benchHome()
  const card = await ensureDataset(home, 'ml-100k')
  const cells = []
  const baselines = {}
  for (const model of models) {
    for (const seed of seeds) {
      const name = `ml-100k-${model}-${seed}`
      const settings = [`training.maxMinutes=${maxMinutes}`]
      const manifest = await trainedRun(home, { name, dataset: 'ml-100k', model, seed, settings })
      const evaluation = await veilrec(home, ['evaluate', name])
      cells.push({ model, seed, manifest, evaluation })
      for (const [baseline, figures] of Object.entries(evaluation.baselines)) {
        baselines[baseline] = pick(figures)
      }
    }
  }
  const table = models.map((model) => {
    const own = cells.filter((cell) => cell.model === model)
    const figures = metrics.map((metric) => [metric, spread(own.map(({ evaluation }) => evaluation[metric]))])
    const minutes = spread(own.map(({ manifest }) => manifest.trainingSeconds / 60))
    return { model, seeds: own.length, minutes, ...Object.fromEntries(figures) }
  })
  return {
    results: {
      dataset: { counts: card.counts, sourceFiles: card.sourceFiles },
      maxMinutes,
      table,
      baselines,
      cells,
    },
    bars: table.map(({ model, seeds: count, 'ndcg@10': ndcg }) => ({
      what: `ml-100k, ${model}: test NDCG@10, mean of ${count} seeds (spread ${ndcg.deviation})`,
      bar: 'none',
      measured: ndcg.mean,
      met: null,
    })),
  }
}

function pick(figures) {
  return Object.fromEntries(metrics.map((metric) => [metric, figures[metric]]))
}

/** Mean and standard deviation (n - 1) over the seeds. */
function spread(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean: round(mean), deviation: round(Math.sqrt(squares / (values.length - 1))) }
}

function round(value) {
  return Number(value.toFixed(4))
}
