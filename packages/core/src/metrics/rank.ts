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

/**
 * The ranks of several targets of one user among the candidates of one score row.
 *
 * The targets compete with each other as with every candidate, as in a list that shows them all. A target tied with
 * none of the others has its {@link midRank}. Of m targets that tie with each other and with n further candidates after
 * b better ones, the j-th gets `b + j (m + n + 1) / (m + 1)`, the expected place of the j-th of them in a random order
 * of the tie. (With m = 1 that is the mid-rank. Mid-ranks for all m would count a tie of targets twice over: a list of
 * three tied targets could have a precision at 2 of 3/2.)
 *
 * @param targets item indices in `1..numItems`, all different; equal scores are ranked in the order given.
 * @returns float64, one rank per target.
 * @throws VeilrecError as {@link midRank} does, and `INVALID_ARGUMENT` when a tied target is given twice.
 * @example
 * targetRanks(new Float64Array([0, 5, 5, 5, 9]), [1, 2]) // [1 + 4 / 3, 1 + 8 / 3]
 */
export function targetRanks(
  scores: Float32Array | Float64Array,
  targets: ArrayLike<number>,
  excluded?: Uint8Array,
): Float64Array {
  const ranks = Float64Array.from(targets, (target) => midRank(scores, target, excluded))
  if (ranks.length < 2) return ranks
  const byRank = new Map<number, number[]>()
  for (const [place, rank] of ranks.entries()) {
    const tied = byRank.get(rank)
    if (tied) tied.push(place)
    else byRank.set(rank, [place])
  }
  for (const [rank, places] of byRank) {
    if (places.length === 1) continue
    if (new Set(places.map((place) => targets[place])).size < places.length) {
      throw new VeilrecError('INVALID_ARGUMENT', `target item ${targets[places[0]!]} is given twice`, {
        target: targets[places[0]!]!,
      })
    }
    const tied = countEqual(scores, scores[targets[places[0]!]!]!, excluded)
    const better = rank - 1 - (tied - 1) / 2
    for (const [j, place] of places.entries()) {
      ranks[place] = better + ((j + 1) * (tied + 1)) / (places.length + 1)
    }
  }
  return ranks
}

function countEqual(scores: Float32Array | Float64Array, value: number, excluded?: Uint8Array): number {
  let count = 0
  for (let item = 1; item < scores.length; item++) {
    if (scores[item] === value && !excluded?.[item]) count++
  }
  return count
}

function throwNaN(item: number): never {
  throw new VeilrecError(
    'NOT_FINITE',
    `the score of item ${item} is NaN, so no rank exists`,
    { item },
    'Look for a NaN in the model: train again with a lower learning rate or use an earlier checkpoint.',
  )
}
