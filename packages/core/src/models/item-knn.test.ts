import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Histories } from '../dataset.js'
import { baselineScores } from './baseline.js'
import { itemKnn, type ItemKnnConfig } from './item-knn.js'

const histories = (...lists: number[][]): Histories => ({
  offsets: Int32Array.from([0, ...lists.map((_, u) => lists.slice(0, u + 1).flat().length)]),
  items: Int32Array.from(lists.flat()),
})

const rowOf = (
  training: Histories,
  numItems: number,
  config: Partial<ItemKnnConfig>,
  known: number[],
): number[] => [...baselineScores(itemKnn(training, numItems, config), histories(known), numItems)(0)]

describe('itemKnn', () => {
  const training = histories([3, 1, 1], [2, 1, 3], [1, 2], [4])

  it('adds up cosines, the newest item most', () => {
    // c(1) = 3, c(2) = c(3) = 2, c(1, 2) = c(1, 3) = 2, c(2, 3) = 1.
    const [near, far] = [2 / Math.sqrt(6), 1 / 2]
    expect(rowOf(training, 5, { recency: 1 }, [2, 3])).toEqual([0, near + near, far, far, 0, 0])
    expect(rowOf(training, 5, { recency: 0 }, [2, 3])).toEqual([0, near, far, 0, 0, 0])
    expect(rowOf(training, 5, { recency: 0.25 }, [3, 2, 3])).toEqual([0, near * 1.25, far, far / 4, 0, 0])
  })

  it('keeps the nearest only, ties to the lower index, and shrinks', () => {
    expect(rowOf(training, 5, { neighbours: 1 }, [1])).toEqual([0, 0, 2 / Math.sqrt(6), 0, 0, 0])
    expect(rowOf(training, 5, { shrinkage: 1 }, [2])).toEqual([0, 2 / (Math.sqrt(6) + 1), 0, 1 / 3, 0, 0])
  })

  it('is zero for nobody, for an item without company and for an empty catalogue', () => {
    expect(rowOf(training, 5, {}, [])).toEqual([0, 0, 0, 0, 0, 0])
    expect(rowOf(training, 5, {}, [4, 5])).toEqual([0, 0, 0, 0, 0, 0])
    expect(rowOf(histories(), 0, {}, [])).toEqual([0])
  })

  it('refuses items outside the catalogue', () => {
    const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' })
    expect(() => itemKnn(training, 3)).toThrow(invalid)
    expect(() => rowOf(training, 5, {}, [6])).toThrow(invalid)
  })

  // Printed by golden/ranking_metrics.py with scikit-learn 1.9.1 (cosine_similarity).
  it.each([
    { neighbours: 100, user: 0, scores: [1.0, 0.984731927835, 1.279204298134, 0.0, 0.0, 1.206045378311] },
    {
      neighbours: 100,
      user: 11,
      scores: [3.116700040819, 3.036298773961, 2.433904836513, 1.154700538379, 0.57735026919, 2.430790249703],
    },
    { neighbours: 2, user: 0, scores: [1.0, 0.0, 1.279204298134, 0.0, 0.0, 0.0] },
    { neighbours: 2, user: 11, scores: [1.639602149067, 1.666666666667, 1.279204298134, 0.0, 0.0, 0.0] },
  ])('agrees with scikit-learn: $neighbours neighbours, user $user', ({ neighbours, user, scores }) => {
    const lists = Array.from({ length: 30 }, (_, u) =>
      Array.from(Array(9).keys())
        .filter((i) => (u * u + 3 * i * i + u * i) % 7 < 3)
        .map((i) => i + 1),
    )
    const ours = rowOf(histories(...lists), 9, { neighbours, recency: 1 }, lists[user]!)
    for (const [i, score] of scores.entries()) expect(ours[i + 1]).toBeCloseTo(score, 11)
  })

  it('scores by the definition with all neighbours kept', () => {
    const list = fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { maxLength: 6 })
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 12 }), list, (lists, known) => {
        const count = (...items: number[]): number =>
          lists.filter((items_) => items.every((item) => items_.includes(item))).length
        const ours = rowOf(histories(...lists), 8, { recency: 0.5, shrinkage: 2 }, known)
        for (let j = 1; j <= 8; j++) {
          let expected = 0
          for (const [age, i] of known.toReversed().entries()) {
            if (i !== j) expected += (0.5 ** age * count(i, j)) / (Math.sqrt(count(i) * count(j)) + 2)
          }
          expect(ours[j]).toBeCloseTo(expected, 12)
        }
      }),
      { numRuns: 60 },
    )
  })
})
