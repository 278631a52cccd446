import { Rng } from '@veilrec/core'
import { describe, expect, it } from 'vitest'
import { turnCircles } from './turn-circles.js'

// Items 0 to 3 are of cluster 0, items 4 and 5 of cluster 1.
const clusterOf = Int32Array.of(0, 0, 0, 0, 1, 1)

/** All outcomes, as text, of many seeds. */
function outcomes(history: readonly number[], forward: readonly number[]): string[] {
  const all = new Set<string>()
  for (let seed = 0; seed < 300; seed++) {
    const turned = Int32Array.from(history)
    turnCircles(turned, clusterOf, forward, Rng.fromSeed(seed))
    all.add(turned.join(''))
  }
  return [...all].sort()
}

describe('turnCircles', () => {
  it('reads the circle of a cluster forwards or backwards from any place', () => {
    expect(outcomes([0, 1, 2, 3], [1])).toEqual(['0123', '1230', '2301', '3012'])
    expect(outcomes([0, 1, 2, 3], [0])).toEqual(['0321', '1032', '2103', '3210'])
  })

  it('leaves every step its cluster', () => {
    // Cluster 0 has 3 rotations of its circle 0, 2, 1 and cluster 1 has two orders.
    const turned = outcomes([0, 4, 2, 1, 5], [1, 0])
    expect(turned).toEqual(['04215', '05214', '14025', '15024', '24105', '25104'])
  })

  it('gives every window the same sets of items in both directions, so that only the order tells them apart', () => {
    const history = [3, 4, 1, 0, 5, 2]
    for (let start = 0; start < history.length; start++) {
      for (let end = start + 1; end <= history.length; end++) {
        const sets = (forward: readonly number[]): string[] =>
          outcomes(history, forward)
            .map((text) => text.slice(start, end).split('').sort().join(''))
            .sort()
        expect(sets([1, 1])).toEqual(sets([0, 1]))
      }
    }
    expect(outcomes(history, [1, 1])).not.toEqual(outcomes(history, [0, 1]))
  })

  it('does nothing to an empty history', () => {
    const empty = new Int32Array(0)
    turnCircles(empty, clusterOf, [1, 1], Rng.fromSeed(1))
    expect(empty).toHaveLength(0)
  })
})
