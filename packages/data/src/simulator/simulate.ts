import type { Rng, UserAttribute } from '@veilrec/core'
import type { RawData } from '../raw-data.js'
import { simulateCatalogue, type Catalogue } from './catalogue.js'
import { drawIndex } from './draw-index.js'
import type { SimulatorOptions } from './options.js'
import { clusterShifts, simulatedAttributes } from './preference.js'
import { sampleHalves } from './sample-halves.js'
import { sampleHistory } from './sample-history.js'
import { turnCircles } from './turn-circles.js'

/** Simulated data together with the items' part of the truth; the users' part is in {@link SimulatedUser}. */
export interface Simulation {
  readonly data: RawData
  /** In the order of `data.itemIds`. */
  readonly catalogue: Catalogue
}

/** What is true of one simulated user. */
export interface SimulatedUser {
  /** Class in every attribute. */
  readonly classes: readonly number[]
  /**
   * `[numClusters]`, all through which the attributes reach the history: the affinities `f_u` (logits), in the order form the
   * directions `d_u` (1 forwards, 0 backwards). Used again for the next user.
   */
  readonly cause: Float64Array
  /** Items in order of time, numbered from 0. */
  readonly history: Int32Array
}

/** Start of the simulated year, 2020-01-01 in seconds since 1970. */
const yearStart = 1_577_836_800
const yearSeconds = 366 * 86_400
const meanGapSeconds = 6 * 3600

/**
 * Simulates interactions whose dependence on sensitive attributes is known, because it is planted.
 *
 * Generative model, for a user `u` with classes `c_a` drawn independently per attribute, `s = strength` and the shifts of
 * {@link clusterShifts}:
 * 1. taste `t_uk ~ N(0, 1)` for each cluster `k`; affinity `f_uk = t_uk + s shift(c, k)` in the linear form,
 *    `f_uk = t_uk + s shift(c, b, k)` with hidden digits `b_a` uniform over the class numbers in the XOR form, `f_uk = t_uk`
 *    in the order form;
 * 2. length `minLength + Exp(meanLength - minLength)`, rounded, at most half the catalogue;
 * 3. each next item, never one the user has had: with probability `orderShare` a successor of the last item (same
 *    cluster; 0.6, 0.3 and 0.1 for its three successors); else, and where that successor was had already, a cluster by
 *    `softmax(f_u)` among those not used up and in it an item by popularity, `rank ^ -popularityExponent` over a random
 *    ranking. In the XOR form each half of the clusters has such a history of its own, and coins shuffle the two into each
 *    other, see {@link sampleHalves};
 * 4. in the order form the user's items of each cluster are read round, from a random place on, forwards (`d_uk = 1`) with
 *    probability `(1 + s shift(c, k)) / 2`, else backwards, see {@link turnCircles};
 * 5. times start anywhere in the year 2020 and grow by at least one second, but with probability `tieShare` not at all.
 *
 * What this plants, before any filter:
 * - at strength 0, items and attributes are independent, in every form;
 * - linear: classes differ in the mean of the item histogram, so a linear attacker on it finds them;
 * - XOR: `b` and `(c + b) mod numClasses` are each uniform whatever the class, each half of the clusters depends on one of them
 *   only, and coins alone decide how many items come from which half. So the items from one half, their order included, are
 *   independent of the attributes, the mean of the item histogram is the same for all classes, exactly, and the best linear or
 *   logistic regression on it is the constant one. Attributes show in what both halves have in common, such as products of
 *   two clusters' counts;
 * - order: the set of items in any window of the history, such as all of it, or all but the last item, is independent of the
 *   attributes, exactly, because both directions give every arc of a circle the same probability. Attributes show in
 *   transitions: users read the successors of a cluster forwards or backwards.
 *
 * Rows are ordered by user, then time. Item property `cluster` tells the clusters, numbered from 1.
 *
 * @param rng equal streams and options give equal data, byte for byte, on the same JavaScript engine; not advanced
 * @param observe is told the truth about every user, in order
 *
 * @example
 * const { data } = simulate(simulatorOptionsSchema.parse({ form: 'xor', strength: 0.8 }), Rng.fromSeed(1))
 */
export function simulate(
  options: SimulatorOptions,
  rng: Rng,
  observe?: (user: SimulatedUser, catalogue: Catalogue) => void,
): Simulation {
  const { form, numUsers, numItems, numClusters, orderShare, strength, tieShare } = options
  const catalogue = simulateCatalogue(options, rng.split('catalogue'))
  const { clusterOf } = catalogue
  const attributes = simulateAttributes(numUsers, rng.split('attributes'))
  const tasteStream = rng.split('taste')
  const hiddenStream = rng.split('hidden')
  const lengthStream = rng.split('length')
  const itemStream = rng.split('items')
  const halfStream = rng.split('halves')
  const directionStream = rng.split('directions')
  const placeStream = rng.split('places')
  const timeStream = rng.split('time')
  const tieStream = rng.split('ties')

  const lengths = Int32Array.from({ length: numUsers }, () => drawLength(options, lengthStream))
  const numRows = lengths.reduce((sum, length) => sum + length, 0)
  const user = new Int32Array(numRows)
  const item = new Int32Array(numRows)
  const time = new Float64Array(numRows)
  const cause = new Float64Array(numClusters)
  let row = 0
  for (let u = 0; u < numUsers; u++) {
    const classes = attributes.map(({ codes }) => codes[u]!)
    const hidden = simulatedAttributes.map(({ classes: { length } }) => hiddenStream.int(length))
    const shifts = clusterShifts(options, classes, hidden)
    const history = item.subarray(row, row + lengths[u]!)
    for (let k = 0; k < numClusters; k++) {
      cause[k] = tasteStream.normal() + (form === 'order' ? 0 : strength * shifts[k]!)
    }
    if (form === 'xor') sampleHalves(history, cause, catalogue, options, itemStream, halfStream)
    else sampleHistory(history, cause, catalogue, orderShare, itemStream)
    if (form === 'order') {
      for (let k = 0; k < numClusters; k++) {
        cause[k] = directionStream.uniform() < (1 + strength * shifts[k]!) / 2 ? 1 : 0
      }
      turnCircles(history, clusterOf, cause, placeStream)
    }
    observe?.({ classes, cause, history }, catalogue)

    let now = yearStart + timeStream.int(yearSeconds)
    for (let step = 0; step < history.length; step++, row++) {
      user[row] = u
      time[row] = now
      const gap = 1 + Math.floor(exponential(meanGapSeconds, timeStream))
      if (tieStream.uniform() >= tieShare) now += gap
    }
  }

  const numbers = (length: number): string[] => Array.from({ length }, (_, index) => String(index + 1))
  const itemIds = numbers(numItems)
  const cluster = {
    name: 'cluster',
    values: numbers(numClusters),
    offsets: Int32Array.from({ length: numItems + 1 }, (_, index) => index),
    codes: clusterOf,
  }
  return {
    data: {
      userIds: numbers(numUsers),
      itemIds,
      itemTitles: itemIds.map((id, i) => `Film ${id} (cluster ${clusterOf[i]! + 1})`),
      attributes,
      user,
      item,
      time,
      itemProperties: [cluster],
    },
    catalogue,
  }
}

function simulateAttributes(numUsers: number, rng: Rng): UserAttribute[] {
  return simulatedAttributes.map(({ name, classes, shares }) => {
    const codes = Int16Array.from({ length: numUsers }, () => drawIndex(shares, rng))
    return { name, classes, codes }
  })
}

function drawLength({ minLength, meanLength, numItems }: SimulatorOptions, rng: Rng): number {
  const length = Math.round(minLength + exponential(meanLength - minLength, rng))
  return Math.min(length, Math.max(1, Math.floor(numItems / 2)))
}

function exponential(mean: number, rng: Rng): number {
  return -mean * Math.log(1 - rng.uniform())
}
