// What is asked of a trained recommender: accuracy, time, and that it beats what needs no training. PMF and GRU4Rec are
// there for comparison and have no bars.

/** @param asked `{ ndcg, minutes }`, each where there is a bar */
export function accuracyBars(what, manifest, evaluation, { ndcg, minutes }) {
  const measured = evaluation['ndcg@10']
  const took = manifest.trainingSeconds / 60
  const beaten = ['popularity', 'item-knn'].map((name) => {
    const { lower } = evaluation.baselines[name].comparison.interval
    const label = `${what}: NDCG@10 minus that of ${name}, lower end of the paired interval`
    return ndcg === undefined
      ? { what: label, bar: 'none', measured: round(lower), met: null }
      : { what: label, bar: '> 0', measured: round(lower), met: lower > 0 }
  })
  const accuracy = {
    what: `${what}: test NDCG@10, full ranking`,
    bar: ndcg === undefined ? 'none' : `>= ${ndcg}`,
    measured: round(measured),
    met: ndcg === undefined ? null : measured >= ndcg,
  }
  const time = {
    what: `${what}: training, minutes`,
    bar: minutes === undefined ? 'none' : `<= ${minutes}`,
    measured: round(took, 1),
    met: minutes === undefined ? null : took <= minutes,
  }
  return [accuracy, time, ...beaten]
}

function round(value, digits = 4) {
  return Number(value.toFixed(digits))
}
