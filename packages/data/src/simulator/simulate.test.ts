import { Rng } from '@veilrec/core'
import { describe, expect, it } from 'vitest'
import { simulatorOptionsSchema, type SimulatorOptionsInput } from './options.js'
import { linearPreference } from './preference.js'
import { simulate, type Simulation } from './simulate.js'

function run(options: SimulatorOptionsInput, seed = 1): Simulation {
  return simulate(simulatorOptionsSchema.parse(options), Rng.fromSeed(seed))
}

/**
 * Two-sample z statistic: do the users of class 0 and 1 of an attribute differ in the share of their items that lie in
 * clusters favoured by class 0? Users are the units, because the items of one user depend on each other.
 */
function dependence({ data, clusterOf }: Simulation, attribute: number): number {
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

  it('gives the same bytes for the same seed and others for another', () => {
    const bytes = ({ data }: Simulation): Buffer =>
      Buffer.concat(
        [data.user, data.item, data.time, ...data.attributes.map(({ codes }) => codes)].map((values) =>
          Buffer.from(values.buffer),
        ),
      )
    expect(bytes(run({}, 7)).equals(bytes(run({}, 7)))).toBe(true)
    expect(bytes(run({}, 7)).equals(bytes(run({}, 8)))).toBe(false)
    expect(run({}, 7).data.itemTitles).toEqual(run({}, 7).data.itemTitles)
  })

  it('has the sizes asked for, no repeats, no ties, and lengths from the minimum to about the mean', () => {
    const { data, clusterOf } = run({ numUsers: 800, numItems: 300, minLength: 12, meanLength: 30 })
    expect(data.userIds).toHaveLength(800)
    expect(data.itemIds).toHaveLength(300)
    expect(data.itemTitles![11]).toBe(`Film 12 (cluster ${clusterOf[11]! + 1})`)
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
      { numClusters: 401 },
      { meanLength: 5 },
      { minLength: 300, meanLength: 300 },
    ]) {
      expect(simulatorOptionsSchema.safeParse(options).success).toBe(false)
    }
  })
})

describe('linearPreference', () => {
  it('adds the contrasts of both attributes, each 0 on average over the classes', () => {
    // Cluster 0 is favoured by class 0 of both attributes; of the three ages, two are against it.
    expect(linearPreference([0, 0], 0)).toBeCloseTo(0.5 + 0.5)
    expect(linearPreference([1, 2], 0)).toBeCloseTo(-0.5 - 0.25)
    expect(linearPreference([1, 1], 3)).toBeCloseTo(0.5 + 0.5)
    for (let cluster = 0; cluster < 12; cluster++) {
      const all = [0, 1].flatMap((gender) => [0, 1, 2].map((age) => linearPreference([gender, age], cluster)))
      expect(all.reduce((a, b) => a + b, 0)).toBeCloseTo(0)
    }
  })
})
