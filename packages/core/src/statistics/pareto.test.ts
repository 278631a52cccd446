import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { hypervolumeShare, kneeOf, paretoFront, type TradeOff } from './pareto.js'

const at = (leakage: number, accuracy: number): TradeOff => ({ leakage, accuracy })
const tradeOff = fc.record({
  leakage: fc.double({ min: 0, max: 1, noNaN: true }),
  accuracy: fc.double({ min: 0, max: 1, noNaN: true }),
})
const beats = (a: TradeOff, b: TradeOff): boolean =>
  a.leakage <= b.leakage && a.accuracy >= b.accuracy && (a.leakage < b.leakage || a.accuracy > b.accuracy)

describe('paretoFront', () => {
  it('keeps what nothing beats, the least leakage first', () => {
    expect(paretoFront([at(0.8, 0.18), at(0.6, 0.17), at(0.7, 0.16), at(0.65, 0.175)])).toEqual([1, 3, 0])
  })

  it('keeps the first of equal points, and none of no points', () => {
    expect(paretoFront([at(0.6, 0.17), at(0.6, 0.17)])).toEqual([0])
    expect(paretoFront([])).toEqual([])
  })

  it('holds exactly the points that no other one beats', () => {
    fc.assert(
      fc.property(fc.array(tradeOff), (points) => {
        const front = paretoFront(points)
        for (const [i, point] of points.entries()) {
          const isBeaten = points.some((other) => beats(other, point))
          const isRepeated = points.slice(0, i).some((other) => sameAs(other, point))
          expect(front.includes(i)).toBe(!isBeaten && !isRepeated)
        }
      }),
    )
  })
})

const sameAs = (a: TradeOff, b: TradeOff): boolean => a.leakage === b.leakage && a.accuracy === b.accuracy

describe('kneeOf', () => {
  it('finds the point furthest above the line between the ends', () => {
    // Above the line from (0.5, 0) to (0.9, 1): 0.6 is 0.5 - 0.25 above it, 0.7 is 0.9 - 0.5.
    const points = [at(0.5, 0), at(0.6, 0.5), at(0.7, 0.9), at(0.9, 1)]
    expect(kneeOf(points, paretoFront(points))).toBe(2)
  })

  it('does not depend on the units of the axes', () => {
    const points = [at(0.5, 0), at(0.6, 5), at(0.7, 9), at(0.9, 10)]
    expect(kneeOf(points, paretoFront(points))).toBe(2)
  })

  it('finds none on a straight or hollow front, or with fewer than three points', () => {
    const straight = [at(0.5, 0), at(0.6, 0.5), at(0.7, 1)]
    const hollow = [at(0.5, 0), at(0.6, 0.2), at(0.7, 1)]
    expect(kneeOf(straight, paretoFront(straight))).toBeNull()
    expect(kneeOf(hollow, paretoFront(hollow))).toBeNull()
    expect(kneeOf([at(0.5, 0), at(0.7, 1)], [0, 1])).toBeNull()
    expect(kneeOf([], [])).toBeNull()
  })
})

describe('hypervolumeShare', () => {
  const reference = at(0.8, 0.2)

  it('is the share of removed leakage times the share of kept accuracy for one point', () => {
    expect(hypervolumeShare([at(0.65, 0.15)], reference, 0.5)).toBeCloseTo(0.5 * 0.75, 12)
  })

  it('counts what two points cover once', () => {
    // From 0.56 to 0.65 at 0.1, from there to 0.8 at 0.15.
    const area = (0.09 * 0.1 + 0.15 * 0.15) / (0.3 * 0.2)
    expect(hypervolumeShare([at(0.65, 0.15), at(0.56, 0.1)], reference, 0.5)).toBeCloseTo(area, 12)
  })

  it('is 1 at chance without a loss, and not more beyond', () => {
    expect(hypervolumeShare([at(0.45, 0.3)], reference, 0.5)).toBeCloseTo(1, 12)
  })

  it('is 0 for no points or none inside the box, null for an empty box', () => {
    expect(hypervolumeShare([], reference, 0.5)).toBe(0)
    expect(hypervolumeShare([at(0.9, 0.3), at(0.6, 0)], reference, 0.5)).toBe(0)
    expect(hypervolumeShare([at(0.4, 0.1)], at(0.5, 0.2), 0.5)).toBeNull()
    expect(hypervolumeShare([at(0.6, 0.1)], at(0.8, 0), 0.5)).toBeNull()
  })

  it('lies in [0, 1] and does not fall when a point is added', () => {
    fc.assert(
      fc.property(fc.array(tradeOff), tradeOff, (points, more) => {
        const before = hypervolumeShare(points, reference, 0.5)!
        const after = hypervolumeShare([...points, more], reference, 0.5)!
        expect(before).toBeGreaterThanOrEqual(0)
        expect(after).toBeLessThanOrEqual(1 + 1e-9)
        expect(after).toBeGreaterThanOrEqual(before - 1e-9)
      }),
    )
  })
})
