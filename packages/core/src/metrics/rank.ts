import { VeilrecError } from '../errors/veilrec-error.js'

/**
 * The mid-rank of a target item among the candidates of one score row.
 *
 * `rank = 1 + #{s > s_target} + #{s = s_target} / 2`, counted over the candidates other than the target
 * (evaluation.md rule 3), so that a constant scorer gets chance and not the first place.
 *
 * @param scores `[numItems + 1]`, by item index; entry 0 is padding and never a candidate.
 * @param target item index in `1..numItems`.
 * @param excluded `[numItems + 1]`, non-zero where an item is no candidate (the user's history); left out: none.
 * @returns a rank in `[1, numItems]`, possibly a half; 1 when the target is the only candidate.
 * @throws VeilrecError `NOT_FINITE` when a candidate's score is NaN (infinities compare as usual);
 * `INVALID_ARGUMENT` when the target is out of range or itself excluded.
 * @example
 * midRank(new Float64Array([0, 3, 1, 1]), 2) // 2.5
 */
export function midRank(scores: Float32Array | Float64Array, target: number, excluded?: Uint8Array): number {
  const targetScore = target >= 1 ? scores[target] : undefined
  if (targetScore === undefined) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `target item ${target} is outside the catalogue 1..${scores.length - 1}`,
      { target, numItems: scores.length - 1 },
      'Give the item index of the data set, which starts at 1; 0 is padding.',
    )
  }
  if (excluded?.[target]) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `target item ${target} is among the excluded items`,
      { target },
      'Where items may repeat in a history, mask only padding instead of the history.',
    )
  }
  let better = 0
  let equal = 0
  for (let item = 1; item < scores.length; item++) {
    const score = scores[item]!
    if (score < targetScore) continue
    if (excluded !== undefined && excluded[item] !== 0) continue
    if (score > targetScore) better++
    else if (score === targetScore) equal++
    else throwNaN(score === score ? target : item)
  }
  return 1 + better + (equal - 1) / 2
}

function throwNaN(item: number): never {
  throw new VeilrecError(
    'NOT_FINITE',
    `the score of item ${item} is NaN, so no rank exists`,
    { item },
    'Look for a NaN in the model: train again with a lower learning rate or use an earlier checkpoint.',
  )
}
