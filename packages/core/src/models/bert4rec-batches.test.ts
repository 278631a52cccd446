import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Histories } from '../dataset.js'
import { Rng } from '../random.js'
import { clozeBatch, lastTargetBatch, planClozeEpoch, planNextItemEpoch } from './bert4rec-batches.js'
import { bert4recSchema } from './bert4rec.js'
import type { PlannedBatch } from './recommender.js'

const numItems = 50

/** Users whose item at place `i` is `1 + (user + i) % numItems`. */
function histories(lengths: readonly number[]): Histories {
  const offsets = new Int32Array(lengths.length + 1)
  lengths.forEach((length, user) => (offsets[user + 1] = offsets[user]! + length))
  const items = lengths.flatMap((length, user) => {
    return Array.from({ length }, (_, i) => 1 + ((user + i) % numItems))
  })
  return { offsets, items: Int32Array.from(items) }
}

const rowsOf = (plans: readonly PlannedBatch[]): (readonly [number, number])[] => {
  return plans.flatMap(({ users, positions }) =>
    [...users].map((user, row) => [user, positions![row]!] as const),
  )
}

const lengthsOfUsers = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 })

describe('planClozeEpoch', () => {
  it('cuts every history backwards into windows that leave nothing out but a first item', () => {
    fc.assert(
      fc.property(lengthsOfUsers, fc.integer(), (lengths, seed) => {
        const plans = planClozeEpoch(histories(lengths), 16, 64, Rng.fromSeed(seed))
        for (const { users, batch, time, positions } of plans) {
          expect(users.length).toBeLessThanOrEqual(batch)
          expect(batch).toBe(Math.floor(64 / time))
          for (const position of positions!) expect(Math.min(position + 1, 16)).toBeLessThanOrEqual(time)
        }
        lengths.forEach((length, user) => {
          const ends = rowsOf(plans)
            .filter(([owner]) => owner === user)
            .map(([, position]) => position + 1)
          ends.sort((a, b) => b - a)
          expect(ends.length > 0).toBe(length >= 2)
          const [newest = 0] = ends
          expect(newest).toBeLessThanOrEqual(length)
          expect(ends).toEqual(ends.map((_, index) => newest - 16 * index))
          // The oldest window reaches the beginning, or all but the first item.
          const oldest = ends.at(-1) ?? 2
          expect(oldest).toBeGreaterThanOrEqual(2)
          expect(oldest).toBeLessThan(18)
        })
      }),
    )
  })

  it('ends half of the histories at their newest item and depends on the stream alone', () => {
    const data = histories(Array.from({ length: 1000 }, () => 30))
    const plans = planClozeEpoch(data, 32, 320, Rng.fromSeed(1))
    const newest = rowsOf(plans).filter(([, position]) => position === 29).length
    // 500 by design and 500 / 29 by chance; five standard deviations are 79.
    expect(Math.abs(newest - 517)).toBeLessThan(80)
    expect(planClozeEpoch(data, 32, 320, Rng.fromSeed(1))).toEqual(plans)
    expect(planClozeEpoch(data, 32, 320, Rng.fromSeed(2))).not.toEqual(plans)
  })
})

describe('planNextItemEpoch', () => {
  it('takes every tenth interaction, never the first', () => {
    fc.assert(
      fc.property(lengthsOfUsers, fc.integer(), (lengths, seed) => {
        const rows = rowsOf(planNextItemEpoch(histories(lengths), 16, 64, Rng.fromSeed(seed)))
        lengths.forEach((length, user) => {
          const places = rows.filter(([owner]) => owner === user).map(([, position]) => position)
          places.sort((a, b) => a - b)
          expect(places.length).toBeGreaterThanOrEqual(Math.floor((length - 1) / 10))
          expect(places.length).toBeLessThanOrEqual(Math.max(0, Math.ceil((length - 1) / 10)))
          places.forEach((place, index) => expect(place).toBe(places[0]! + 10 * index))
          for (const place of places) {
            expect(place).toBeGreaterThanOrEqual(1)
            expect(place).toBeLessThan(length)
          }
        })
      }),
    )
  })

  it('reads what came before the target', () => {
    const data = histories([7, 5])
    const plan = { users: Int32Array.of(1, 0), positions: Int32Array.of(2, 6), batch: 3, time: 4 }
    const { history, targets } = lastTargetBatch(data, plan)
    expect([...history]).toEqual([2, 3, 0, 0, 3, 4, 5, 6, 0, 0, 0, 0])
    expect([...targets]).toEqual([4, 7, 0])
  })
})

describe('clozeBatch', () => {
  const time = 20
  const lengths = [20, 13, 5, 2, 30]
  const data = histories(lengths)
  const users = Int32Array.of(0, 1, 2, 3, 4)
  const plan = { users, positions: Int32Array.of(19, 12, 4, 1, 24), batch: 6, time }
  const windows = [0, 1, 2, 3, 4].map((user, row) => {
    const end = plan.positions[row]! + 1
    return [...data.items.subarray(data.offsets[user]! + Math.max(0, end - time), data.offsets[user]! + end)]
  })
  const draw = (options: object, seed: number): ReturnType<typeof clozeBatch> => {
    return clozeBatch(data, plan, bert4recSchema.parse(options), numItems, Rng.fromSeed(seed))
  }

  it('masks the rounded share of each window, at least one item, and never padding', () => {
    for (let seed = 0; seed < 100; seed++) {
      const { history, lengths: seen, targets, maskedAt } = draw({ maskShare: 0.2 }, seed)
      expect([...seen]).toEqual([20, 13, 5, 2, 20, 0])
      const restored = history.slice()
      const counts = new Int32Array(6)
      targets.forEach((target, index) => {
        if (target === 0) return
        expect(restored[maskedAt[index]!]).toBe(0)
        restored[maskedAt[index]!] = target
        counts[Math.floor(maskedAt[index]! / time)]!++
      })
      expect([...counts]).toEqual([4, 3, 1, 1, 4, 0])
      windows.forEach((window, row) => {
        const padded = [...window, ...Array.from({ length: time - window.length }, () => 0)]
        expect([...restored.subarray(row * time, (row + 1) * time)]).toEqual(padded)
      })
    }
  })

  it('masks places of a window equally often, the newest item as often as it is told', () => {
    const rounds = 4000
    const counts = (lastItemShare: number): number[] => {
      const rng = Rng.fromSeed(3)
      const found = Array.from({ length: time }, () => 0)
      const config = bert4recSchema.parse({ lastItemShare })
      for (let i = 0; i < rounds; i++) {
        const { history } = clozeBatch(data, plan, config, numItems, rng)
        for (let place = 0; place < time; place++) if (history[place] === 0) found[place]!++
      }
      return found
    }
    // Four of twenty: 800 of 4000, standard deviation 25.
    for (const count of counts(0)) expect(Math.abs(count - 800)).toBeLessThan(130)
    // 0.5 + 0.5 * 0.2 of 4000 for the newest, (4 - 0.6) / 19 for each of the others.
    const half = counts(0.5)
    expect(Math.abs(half.at(-1)! - 2400)).toBeLessThan(160)
    for (const count of half.slice(0, -1)) expect(Math.abs(count - 716)).toBeLessThan(130)
    expect(counts(1).at(-1)).toBe(rounds)
  })

  it('replaces as BERT does when it is told: 80 % [MASK], 10 % any item, 10 % the item itself', () => {
    const rng = Rng.fromSeed(4)
    const config = bert4recSchema.parse({ replacement: 'bert' })
    const found = { mask: 0, same: 0, other: 0 }
    for (let i = 0; i < 1000; i++) {
      const { history, targets, maskedAt } = clozeBatch(data, plan, config, numItems, rng)
      targets.forEach((target, index) => {
        if (target === 0) return
        const shown = history[maskedAt[index]!]!
        expect(shown).toBeLessThanOrEqual(numItems)
        found[shown === 0 ? 'mask' : shown === target ? 'same' : 'other']++
      })
    }
    const total = 13_000
    // A fiftieth of the items drawn at random are the item itself. Five standard deviations: 0.018 and 0.013.
    expect(Math.abs(found.mask / total - 0.8)).toBeLessThan(0.018)
    expect(Math.abs(found.same / total - 0.102)).toBeLessThan(0.014)
    expect(Math.abs(found.other / total - 0.098)).toBeLessThan(0.013)
  })

  it('masks anew each time', () => {
    expect(draw({}, 1)).toEqual(draw({}, 1))
    expect(draw({}, 1).maskedAt).not.toEqual(draw({}, 2).maskedAt)
  })
})
