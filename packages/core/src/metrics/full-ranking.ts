import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { midRank } from './rank.js'

/** Input of {@link rankTargets}. */
export interface VectorRanking {
  /** `[numUsers, dimension]` row-major. */
  readonly userVectors: Float32Array | Float64Array
  /** `[numItems + 1, dimension]` row-major; row 0 is padding and never a candidate. */
  readonly itemVectors: Float32Array | Float64Array
  readonly dimension: number
  /** Items of each user that are no candidates (what is known before the target). */
  readonly masked: Histories
  /** `[numUsers]`, the item to be ranked. */
  readonly targets: Int32Array
}

/** Users per block; a block of scores (16 rows of float64) stays in the cache between product and ranking. */
const blockUsers = 16

/**
 * Ranks one target per user against the whole catalogue by the dot product of user and item vectors.
 *
 * Mid-ranks of {@link midRank} on `score(u, i) = <user_u, item_i>`, summed in float64, always in the same order,
 * so that equal vectors tie exactly.
 *
 * @returns `[numUsers]` float64 ranks in `[1, numItems]`; empty for no users.
 * @throws VeilrecError `NOT_FINITE` naming the user (or item) whose vector holds a NaN or an infinity;
 * `INVALID_ARGUMENT` when the shapes do not fit, or a target is out of range or masked.
 */
export function rankTargets(input: VectorRanking): Float64Array {
  const { dimension, masked, targets } = input
  const numUsers = targets.length
  const numRows = input.itemVectors.length / dimension
  if (input.userVectors.length !== numUsers * dimension || !Number.isInteger(numRows)) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `vectors of ${input.userVectors.length} and ${input.itemVectors.length} numbers do not fit ` +
        `${numUsers} users of dimension ${dimension}`,
      { numUsers, dimension },
    )
  }
  checkFinite(input.userVectors, dimension, 'user')
  checkFinite(input.itemVectors, dimension, 'item')

  // Both sides are padded to whole tiles with zeros, so that the inner loop has no border cases.
  const paddedRows = Math.ceil(numRows / 4) * 4
  const items = new Float64Array(paddedRows * dimension)
  items.set(input.itemVectors)
  const users = new Float64Array(blockUsers * dimension)
  const scores = new Float64Array(blockUsers * paddedRows)
  const excluded = new Uint8Array(numRows)
  const ranks = new Float64Array(numUsers)
  for (let first = 0; first < numUsers; first += blockUsers) {
    const last = Math.min(first + blockUsers, numUsers)
    users.fill(0)
    users.set(input.userVectors.subarray(first * dimension, last * dimension))
    multiplyTransposed(users, items, dimension, paddedRows, scores)
    for (let user = first; user < last; user++) {
      const offset = (user - first) * paddedRows
      const row = scores.subarray(offset, offset + numRows)
      ranks[user] = rankMasked(row, targets[user]!, masked, user, excluded)
    }
  }
  return ranks
}

/**
 * Ranks one target per user by scores that all users share, such as popularity.
 *
 * @param scores `[numItems + 1]`, by item index; entry 0 is padding.
 * @param masked items of each user that are no candidates.
 * @param targets `[numUsers]`, the item to be ranked.
 * @returns `[numUsers]` float64 mid-ranks.
 * @throws VeilrecError as {@link midRank} does.
 */
export function rankTargetsBySharedScores(
  scores: Float32Array | Float64Array,
  masked: Histories,
  targets: Int32Array,
): Float64Array {
  const excluded = new Uint8Array(scores.length)
  const ranks = new Float64Array(targets.length)
  for (let user = 0; user < targets.length; user++) {
    ranks[user] = rankMasked(scores, targets[user]!, masked, user, excluded)
  }
  return ranks
}

/** `excluded` is all zero before and after, so that it is filled in time proportional to the history. */
function rankMasked(
  scores: Float32Array | Float64Array,
  target: number,
  masked: Histories,
  user: number,
  excluded: Uint8Array,
): number {
  const start = masked.offsets[user]!
  const end = masked.offsets[user + 1]!
  for (let i = start; i < end; i++) excluded[masked.items[i]!] = 1
  const rank = midRank(scores, target, excluded)
  for (let i = start; i < end; i++) excluded[masked.items[i]!] = 0
  return rank
}

/** `scores[u, i] = sum_j users[u, j] items[i, j]` in tiles of 2 users by 4 items held in registers. */
function multiplyTransposed(
  users: Float64Array,
  items: Float64Array,
  dimension: number,
  paddedRows: number,
  scores: Float64Array,
): void {
  for (let item = 0; item < paddedRows; item += 4) {
    const i0 = item * dimension
    const i1 = i0 + dimension
    const i2 = i1 + dimension
    const i3 = i2 + dimension
    for (let user = 0; user < blockUsers; user += 2) {
      const u0 = user * dimension
      const u1 = u0 + dimension
      let s00 = 0
      let s01 = 0
      let s02 = 0
      let s03 = 0
      let s10 = 0
      let s11 = 0
      let s12 = 0
      let s13 = 0
      for (let j = 0; j < dimension; j++) {
        const a0 = users[u0 + j]!
        const a1 = users[u1 + j]!
        const b0 = items[i0 + j]!
        const b1 = items[i1 + j]!
        const b2 = items[i2 + j]!
        const b3 = items[i3 + j]!
        s00 += a0 * b0
        s01 += a0 * b1
        s02 += a0 * b2
        s03 += a0 * b3
        s10 += a1 * b0
        s11 += a1 * b1
        s12 += a1 * b2
        s13 += a1 * b3
      }
      const out0 = user * paddedRows + item
      const out1 = out0 + paddedRows
      scores[out0] = s00
      scores[out0 + 1] = s01
      scores[out0 + 2] = s02
      scores[out0 + 3] = s03
      scores[out1] = s10
      scores[out1 + 1] = s11
      scores[out1 + 2] = s12
      scores[out1 + 3] = s13
    }
  }
}

function checkFinite(vectors: Float32Array | Float64Array, dimension: number, what: 'user' | 'item'): void {
  for (let i = 0; i < vectors.length; i++) {
    if (Number.isFinite(vectors[i])) continue
    const index = Math.floor(i / dimension)
    throw new VeilrecError(
      'NOT_FINITE',
      `the vector of ${what} ${index} holds ${vectors[i]} at position ${i - index * dimension}`,
      { [what]: index },
      'Look for a NaN in the model: train again with a lower learning rate or use an earlier checkpoint.',
    )
  }
}
