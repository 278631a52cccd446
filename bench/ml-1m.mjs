// A recommender with its default settings on MovieLens-1M: trained, then evaluated once on the test beside the baselines.
// Long: give VEILREC_HOME a folder that stays, and an interrupted training continues.
import { benchHome, ensureDataset, trainedRun } from './lib/trained-run.mjs'
import { veilrec } from './lib/command.mjs'

// Test NDCG@10 over all users and minutes of training.
const bars = {
  sasrec: { ndcg: 0.16, minutes: 60 },
  bert4rec: { ndcg: 0.13, minutes: 120 },
  gru4rec: {},
  pmf: {},
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
  const { ndcg, minutes } = bars[model]
  const measured = round(evaluation['ndcg@10'])
  const took = round(manifest.trainingSeconds / 60, 1)
  const beaten = ['popularity', 'item-knn'].map((name) => {
    const { interval } = evaluation.baselines[name].comparison
    return {
      what: `ml-1m, ${model}: NDCG@10 above ${name}, lower end of the paired interval`,
      bar: '> 0',
      measured: round(interval.lower),
      met: interval.lower > 0,
    }
  })
  return {
    results: { dataset: { counts: card.counts, sourceFiles: card.sourceFiles }, manifest, evaluation },
    bars: [
      ...(ndcg === undefined
        ? []
        : [
            {
              what: `ml-1m, ${model}: test NDCG@10, full ranking`,
              bar: `>= ${ndcg}`,
              measured,
              met: evaluation['ndcg@10'] >= ndcg,
            },
            {
              what: `ml-1m, ${model}: training, minutes`,
              bar: `<= ${minutes}`,
              measured: took,
              met: took <= minutes,
            },
          ]),
      ...beaten,
    ],
  }
}

function round(value, digits = 4) {
  return Number(value.toFixed(digits))
}
