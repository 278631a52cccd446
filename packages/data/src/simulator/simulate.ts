import type { Rng, UserAttribute } from '@veilrec/core'
import type { RawData } from '../raw-data.js'
import { simulateCatalogue } from './catalogue.js'
import { drawIndex } from './draw-index.js'
import type { SimulatorOptions } from './options.js'
import { linearPreference, simulatedAttributes } from './preference.js'
import { sampleHistory } from './sample-history.js'

/** Simulated data together with the truth behind it. */
export interface Simulation {
  readonly data: RawData
  /** `[numItems]`, cluster of each item (0-based), in the order of `data.itemIds`. */
  readonly clusterOf: Int32Array
}

/** Start of the simulated year, 2020-01-01 in seconds since 1970. */
const yearStart = 1_577_836_800
const yearSeconds = 366 * 86_400
const meanGapSeconds = 6 * 3600

/**
 * Simulates interactions whose dependence on sensitive attributes is known, because it is planted.
 *
 * Generative model, for a user `u` with classes `c_a` drawn independently per attribute:
 * 1. taste `t_uk ~ N(0, 1)` for each cluster `k`; affinity `f_uk = t_uk + strength * shift(c, k)`, see
 *    {@link linearPreference};
 * 2. length `minLength + Exp(meanLength - minLength)`, rounded, at most half the catalogue;
 * 3. each next item, never one the user has had: with probability `orderShare` a successor of the last item (same
 *    cluster; 0.6, 0.3 and 0.1 for its three successors); else, and where that successor was had already, a cluster by
 *    `softmax(f_u)` among those not used up and in it an item by popularity, `rank ^ -popularityExponent` over a random ranking;
 * 4. times start anywhere in the year 2020 and grow by at least one second, so that there are no ties.
 *
 * Successors stay in the cluster, so attributes reach the items through the choice of clusters alone: at strength 0
 * items and attributes are independent. Rows are ordered by user, then time.
 *
 * @param rng equal streams and options give equal data, byte for byte, on the same JavaScript engine
 *
 * @example
 * const { data, clusterOf } = simulate(simulatorOptionsSchema.parse({ strength: 0.8 }), Rng.fromSeed(1))
 */
export function simulate(options: SimulatorOptions, rng: Rng): Simulation {
  const { numUsers, numItems, numClusters, strength } = options
  const catalogue = simulateCatalogue(options, rng.split('catalogue'))
  const attributes = simulateAttributes(numUsers, rng.split('attributes'))
  const tasteStream = rng.split('taste')
  const lengthStream = rng.split('length')
  const itemStream = rng.split('items')
  const timeStream = rng.split('time')

  const lengths = Int32Array.from({ length: numUsers }, () => drawLength(options, lengthStream))
  const numRows = lengths.reduce((sum, length) => sum + length, 0)
  const user = new Int32Array(numRows)
  const item = new Int32Array(numRows)
  const time = new Float64Array(numRows)
  const affinity = new Float64Array(numClusters)
  let row = 0
  for (let u = 0; u < numUsers; u++) {
    const classes = attributes.map(({ codes }) => codes[u]!)
    for (let k = 0; k < numClusters; k++) {
      affinity[k] = tasteStream.normal() + strength * linearPreference(classes, k)
    }
    const history = item.subarray(row, row + lengths[u]!)
    sampleHistory(history, affinity, catalogue, options.orderShare, itemStream)
    let now = yearStart + timeStream.int(yearSeconds)
    for (let step = 0; step < history.length; step++, row++) {
      user[row] = u
      time[row] = now
      now += 1 + Math.floor(exponential(meanGapSeconds, timeStream))
    }
  }

  const numbers = (length: number): string[] => Array.from({ length }, (_, index) => String(index + 1))
  const itemIds = numbers(numItems)
  const { clusterOf } = catalogue
  const itemTitles = itemIds.map((id, i) => `Film ${id} (cluster ${clusterOf[i]! + 1})`)
  return {
    data: { userIds: numbers(numUsers), itemIds, itemTitles, attributes, user, item, time },
    clusterOf,
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
