import { createHash } from 'node:crypto'
import { Rng } from '@veilrec/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simulatorOptionsSchema, type SimulatorOptionsInput } from './options.js'
import { simulate, type Simulation } from './simulate.js'

function run(options: SimulatorOptionsInput, seed = 1): Simulation {
  return simulate(simulatorOptionsSchema.parse(options), Rng.fromSeed(seed))
}

/** Over everything but ids, titles and item properties. */
function sha256({ data }: Simulation): string {
  const hash = createHash('sha256')
  for (const values of [data.user, data.item, data.time, ...data.attributes.map(({ codes }) => codes)]) {
    hash.update(new Uint8Array(values.buffer))
  }
  return hash.digest('hex')
}

/**
 * Two-sample z statistic: do the users of class 0 and 1 of an attribute differ in the share of their items that lie in
 * clusters favoured by class 0? Users are the units, because the items of one user depend on each other.
 */
function dependence({ data, catalogue: { clusterOf } }: Simulation, attribute: number): number {
  const stride = attribute === 0 ? 1 : 2
  const numClasses = attribute === 0 ? 2 : 3
  const favoured = new Float64Array(data.userIds.length)
  const total = new Float64Array(data.userIds.length)
  data.user.forEach((user, row) => {
    total[user]!++
    if (Math.floor(clusterOf[data.item[row]!]! / stride) % numClasses === 0) favoured[user]!++
  })
  const moments = [0, 1].map((code) => {
    const shares = Array.from(favoured, (count, user) => count / total[user]!).filter(
      (_, user) => data.attributes[attribute]!.codes[user] === code,
    )
    const mean = shares.reduce((a, b) => a + b, 0) / shares.length
    const variance = shares.reduce((a, b) => a + (b - mean) ** 2, 0) / (shares.length - 1)
    return { mean, squaredError: variance / shares.length }
  })
  const [a, b] = moments as [(typeof moments)[0], (typeof moments)[0]]
  return (a.mean - b.mean) / Math.sqrt(a.squaredError + b.squaredError)
}

describe('simulate', () => {
  it('plants no dependence at strength 0 and a plain one at 0.8, for both attributes', () => {
    for (const seed of [1, 2, 3]) {
      const none = run({ strength: 0 }, seed)
      const strong = run({ strength: 0.8 }, seed)
      for (const attribute of [0, 1]) {
        expect(Math.abs(dependence(none, attribute))).toBeLessThan(4)
        expect(dependence(strong, attribute)).toBeGreaterThan(8)
      }
    }
  })

  it('gives the same bytes for the same seed, and others for another', () => {
    for (const form of ['linear', 'xor', 'order'] as const) {
      const options = { form, numUsers: 200, tieShare: 0.3 }
      expect(sha256(run(options, 7))).toBe(sha256(run(options, 7)))
      expect(sha256(run(options, 7))).not.toBe(sha256(run(options, 8)))
    }
  })

  it('gives what version 0.1 gave, so that stored data sets can be made again', () => {
    expect(sha256(run({}))).toBe('a2960dbca0b7373390f27d8ba3a9e88fa83850f33c531f349c42ce0235f07c98')
  })

  it('holds for any options: shapes, no item twice, times in order, the cluster as a property', () => {
    const options = fc.record({
      form: fc.constantFrom('linear' as const, 'xor' as const, 'order' as const),
      numUsers: fc.integer({ min: 1, max: 8 }),
      numItems: fc.integer({ min: 2, max: 40 }),
      numClusters: fc.integer({ min: 2, max: 40 }),
      minLength: fc.integer({ min: 1, max: 20 }),
      meanLength: fc.integer({ min: 1, max: 40 }),
      strength: fc.double({ min: 0, max: 1, noNaN: true }),
      popularityExponent: fc.double({ min: 0, max: 3, noNaN: true }),
      orderShare: fc.double({ min: 0, max: 1, noNaN: true }),
      tieShare: fc.constantFrom(0, 1),
    })
    fc.assert(
      fc.property(options, fc.integer(), (given, seed) => {
        const parsed = simulatorOptionsSchema.safeParse(given)
        fc.pre(parsed.success)
        const { numUsers, numItems, numClusters, minLength, tieShare } = parsed.data!
        const { data, catalogue } = simulate(parsed.data!, Rng.fromSeed(seed))
        const lengths = new Int32Array(numUsers)
        const had = new Set<number>()
        let ties = 0
        data.user.forEach((user, row) => {
          expect(data.item[row]! >= 0 && data.item[row]! < numItems).toBe(true)
          lengths[user]!++
          had.add(user * numItems + data.item[row]!)
          if (row === 0 || data.user[row - 1] !== user) return
          expect(data.time[row]).toBeGreaterThanOrEqual(data.time[row - 1]!)
          if (data.time[row] === data.time[row - 1]) ties++
        })
        expect(had.size).toBe(data.user.length)
        expect([data.item.length, data.time.length]).toEqual([had.size, had.size])
        expect(Math.min(...lengths)).toBeGreaterThanOrEqual(minLength)
        expect(Math.max(...lengths)).toBeLessThanOrEqual(Math.max(1, numItems / 2))
        expect(ties).toBe(tieShare * (had.size - numUsers))
        const [cluster] = data.itemProperties!
        expect(cluster!.values).toHaveLength(numClusters)
        expect(new Set(cluster!.codes).size).toBe(numClusters)
        expect(cluster!.offsets.at(-1)).toBe(numItems)
        expect(cluster!.codes).toBe(catalogue.clusterOf)
      }),
      { numRuns: 60 },
    )
  })

  it('has the sizes asked for, no repeats, no ties, and lengths from the minimum to about the mean', () => {
    const { data, catalogue } = run({ numUsers: 800, numItems: 300, minLength: 12, meanLength: 30 })
    expect(data.userIds).toHaveLength(800)
    expect(data.itemIds).toHaveLength(300)
    expect(data.itemTitles![11]).toBe(`Film 12 (cluster ${catalogue.clusterOf[11]! + 1})`)
    const lengths = new Int32Array(800)
    const had = new Set<number>()
    let smallestGap = Infinity
    data.user.forEach((user, row) => {
      lengths[user]!++
      had.add(user * 300 + data.item[row]!)
      if (data.user[row - 1] === user)
        smallestGap = Math.min(smallestGap, data.time[row]! - data.time[row - 1]!)
    })
    expect(smallestGap).toBeGreaterThanOrEqual(1)
    expect(had.size).toBe(data.user.length)
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(12)
    expect(Math.abs(data.user.length / 800 - 30)).toBeLessThan(2)
  })

  it('makes popular items popular, and the order of items matter', () => {
    const followers = ({ data }: Simulation): number => {
      // Share of steps that repeat the most frequent step out of the same item.
      const steps = new Map<number, Map<number, number>>()
      let numSteps = 0
      data.item.forEach((item, row) => {
        if (row === 0 || data.user[row - 1] !== data.user[row]) return
        const next = steps.get(data.item[row - 1]!) ?? new Map<number, number>()
        steps.set(data.item[row - 1]!, next.set(item, (next.get(item) ?? 0) + 1))
        numSteps++
      })
      return [...steps.values()].reduce((sum, next) => sum + Math.max(...next.values()), 0) / numSteps
    }
    expect(followers(run({ orderShare: 0.6 }))).toBeGreaterThan(followers(run({ orderShare: 0 })) + 0.15)

    const counts = new Int32Array(400)
    run({ orderShare: 0 }).data.item.forEach((item) => counts[item]!++)
    counts.sort().reverse()
    const uniform = new Int32Array(400)
    run({ orderShare: 0, popularityExponent: 0 }).data.item.forEach((item) => uniform[item]!++)
    uniform.sort().reverse()
    expect(counts[10]! / counts[300]!).toBeGreaterThan(2 * (uniform[10]! / uniform[300]!))
  })

  it('works where clusters are used up and where the catalogue is tiny', () => {
    const { data } = run({
      numUsers: 5,
      numItems: 20,
      numClusters: 20,
      minLength: 10,
      meanLength: 10,
      popularityExponent: 3,
    })
    expect(data.user).toHaveLength(50)
    expect(
      run({ numUsers: 2, numItems: 2, numClusters: 2, minLength: 1, meanLength: 1 }).data.item,
    ).toHaveLength(2)
  })

  it('refuses options that do not fit together', () => {
    for (const options of [
      { strength: 1.1 },
      { tieShare: -0.1 },
      { numClusters: 401 },
      { meanLength: 5 },
      { minLength: 300, meanLength: 300 },
    ]) {
      expect(simulatorOptionsSchema.safeParse(options).success).toBe(false)
    }
  })
})
