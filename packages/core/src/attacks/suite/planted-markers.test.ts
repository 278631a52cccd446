import { describe, expect, it } from 'vitest'
import type { Histories } from '../../dataset.js'
import { Rng } from '../../random.js'
import { plantMarkers, type PlantedMarkers } from './planted-markers.js'

const numUsers = 400
const numItems = 30
const userGroup = Uint8Array.from({ length: numUsers }, (_, user) => user % 4)

/** Between 0 and 8 different items per user. */
const lists = ((): Histories => {
  const rng = Rng.fromSeed(1)
  const offsets = new Int32Array(numUsers + 1)
  const items: number[] = []
  for (let user = 0; user < numUsers; user++) {
    const all = rng.shuffle(Array.from({ length: numItems }, (_, i) => i + 1))
    items.push(...all.slice(0, rng.int(9)))
    offsets[user + 1] = items.length
  }
  return { offsets, items: Int32Array.from(items) }
})()

const rowOf = ({ offsets, items }: Histories, user: number): number[] => [
  ...items.subarray(offsets[user]!, offsets[user + 1]!),
]

const plant = (classes: number, missing: number): PlantedMarkers & { codes: Int16Array } => {
  const rng = Rng.fromSeed(7)
  const codes = Int16Array.from({ length: numUsers }, (_, u) => (u < missing ? -1 : rng.int(classes)))
  const input = { lists, numItems, codes, numClasses: classes, userGroup, rng: Rng.fromSeed(2) }
  return { codes, ...plantMarkers(input) }
}

describe('plantMarkers', () => {
  it('ends every list in one of two markers and has them nowhere else', () => {
    const { lists: planted } = plant(2, 40)
    const markers = new Set<number>()
    for (let user = 0; user < numUsers; user++) {
      const row = rowOf(planted, user)
      const before = rowOf(lists, user)
      markers.add(row.at(-1)!)
      expect(new Set(row).size).toBe(row.length)
      expect(row.length).toBeLessThanOrEqual(Math.max(1, before.length))
      expect(row.slice(0, -1).every((item) => before.includes(item))).toBe(true)
    }
    expect(markers.size).toBe(2)
    for (let user = 0; user < numUsers; user++) {
      expect(
        rowOf(planted, user)
          .slice(0, -1)
          .some((item) => markers.has(item)),
      ).toBe(false)
    }
  })

  it.each([2, 5])('carries AUC 0.75 in every user group with %i classes', (classes) => {
    const { codes, lists: planted, marked } = plant(classes, 0)
    for (let group = 0; group < 4; group++) {
      const shares = [0, 1].map((side) => {
        const users = Array.from(userGroup.keys()).filter(
          (user) => userGroup[user] === group && marked[codes[user]!] === side,
        )
        return users.filter((user) => rowOf(planted, user).at(-1) === markerOf(planted)).length / users.length
      })
      // AUC of a bit: 1/2 + (difference of its shares) / 2, whichever marker is called the first.
      expect(0.5 + Math.abs(shares[1]! - shares[0]!) / 2).toBeCloseTo(0.75, 1)
    }
  })

  it('draws another marker and another assignment from another stream', () => {
    const codes = new Int16Array(numUsers).map((_, user) => user % 2)
    const input = { lists, numItems, codes, numClasses: 2, userGroup }
    const one = plantMarkers({ ...input, rng: Rng.fromSeed(1) })
    expect(plantMarkers({ ...input, rng: Rng.fromSeed(1) })).toEqual(one)
    expect(plantMarkers({ ...input, rng: Rng.fromSeed(2) }).lists).not.toEqual(one.lists)
  })
})

function markerOf(planted: Histories): number {
  return rowOf(planted, 0).at(-1)!
}
