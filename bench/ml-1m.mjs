// A recommender with its default settings on MovieLens-1M: trained, then evaluated once on the test beside the baselines.
// (SASRec is in main-job.mjs.) Long: give VEILREC_HOME a folder that stays, and an interrupted training continues.
import { accuracyBars } from './lib/accuracy-bars.mjs'
import { veilrec } from './lib/command.mjs'
import { benchHome, ensureDataset, trainedRun } from './lib/trained-run.mjs'

// Test NDCG@10 over all users and minutes of training, where the project has set itself a bar.
const bars = {
  bert4rec: { ndcg: 0.13, minutes: 120 },
  gru4rec: {},
  pmf: {},
  deepmodel: {},
}

/** The cell of one model. */
export function cell(model) {
  return { measure: () => measure(model) }
}

async function measure(model) {
  const home = benchHome()
  const card = await ensureDataset(home, 'ml-1m')
  const manifest = await trainedRun(home, { name: `ml-1m-${model}`, dataset: 'ml-1m', model })
  const evaluation = await veilrec(home, ['evaluate', `ml-1m-${model}`])
  return {
    results: { dataset: { counts: card.counts, sourceFiles: card.sourceFiles }, manifest, evaluation },
    bars: accuracyBars(`ml-1m, ${model}`, manifest, evaluation, bars[model]),
  }
}
