import { Rng } from '../random.js'
import type { Baseline } from './baseline.js'

/**
 * The random recommender: every user has an order of the catalogue of their own, all orders equally likely.
 *
 * `score(u, i)` is 32 random bits and below them, so that no two items tie, the item index; the bits come from a stream
 * that depends on the seed and the user index only, so that the order in which users are asked does not matter.
 *
 * @param seed integer.
 * @param numItems below 2^21, about two million, up to which the scores are exact.
 */
export function random(seed: number, numItems: number): Baseline {
  const streams = Rng.fromSeed(seed).split('random recommender')
  const bits = new Int32Array(numItems + 1)
  return {
    name: 'random',
    score: (user, _known, scores) => {
      streams.split(`user ${user}`).fillInt32(bits)
      for (let item = 0; item <= numItems; item++) scores[item] = bits[item]! * 2 ** 21 + item
    },
  }
}
