import { Rng } from '@veilrec/core'
import { describe, expect, it } from 'vitest'
import { simulateCatalogue } from './catalogue.js'
import { simulatorOptionsSchema } from './options.js'
import { sampleHalves } from './sample-halves.js'

const options = simulatorOptionsSchema.parse({ form: 'xor', numItems: 40, numClusters: 4, meanLength: 20 })
const catalogue = simulateCatalogue(options, Rng.fromSeed(1))

function sample(affinity: readonly number[], length: number, seed: number): Int32Array {
  const history = new Int32Array(length)
  const rng = Rng.fromSeed(seed)
  sampleHalves(
    history,
    Float64Array.from(affinity),
    catalogue,
    options,
    rng.split('items'),
    rng.split('coins'),
  )
  return history
}

describe('sampleHalves', () => {
  it('takes the same steps from a half, and the same items, whatever the affinities to the other', () => {
    for (let seed = 0; seed < 20; seed++) {
      const one = sample([1, -1, 5, -5], 20, seed)
      const other = sample([1, -1, -5, 5], 20, seed)
      const firstHalf = (history: Int32Array): number[] =>
        Array.from(history, (item) => (catalogue.clusterOf[item]! < 2 ? item : -1))
      expect(firstHalf(one)).toEqual(firstHalf(other))
      expect(one).not.toEqual(other)
    }
  })

  it('goes on with the other half where one is used up', () => {
    for (let seed = 0; seed < 20; seed++) expect(new Set(sample([0, 0, 0, 0], 40, seed)).size).toBe(40)
  })
})
