import { Rng } from '@veilrec/core'
import { describe, expect, it } from 'vitest'
import { knownLeakage, type KnownLeakage } from './known-leakage.js'
import { simulatorOptionsSchema, type SimulatorOptionsInput } from './options.js'

function known(options: SimulatorOptionsInput): KnownLeakage[] {
  return knownLeakage(simulatorOptionsSchema.parse({ numUsers: 2000, ...options }), Rng.fromSeed(1))
}

describe('knownLeakage', () => {
  it('has the ceiling of two normal distributions in the linear form', () => {
    // The affinities of the genders differ by s in each of 12 clusters, half up and half down, with unit variance and
    // at right angles to age: AUC = Phi(s sqrt(12) / sqrt(2)), 0.7688 at 0.3 and 0.9292 at 0.6.
    expect(known({ strength: 0.3 })[0]!.ceiling).toBeCloseTo(0.769, 1.5)
    expect(known({ strength: 0.6 })[0]!.ceiling).toBeCloseTo(0.929, 1.5)
  })

  it('grows with strength from exactly chance, and the interactions never tell more than the causes', () => {
    for (const form of ['linear', 'xor', 'order'] as const) {
      const steps = [0, 0.5, 1].map((strength) => known({ form, strength, numUsers: 1000 }))
      for (const attribute of [0, 1]) {
        const [none, half, full] = steps.map((step) => step[attribute]!) as [
          KnownLeakage,
          KnownLeakage,
          KnownLeakage,
        ]
        expect([none.reached, none.ceiling]).toEqual([0.5, 0.5])
        expect(half.reached!).toBeGreaterThan(0.55)
        expect(full.reached!).toBeGreaterThan(half.reached! + 0.05)
        expect(half.reached!).toBeLessThan(half.ceiling!)
        expect(full.reached!).toBeLessThan(full.ceiling!)
      }
    }
  })

  it('sees nothing of an order that is none', () => {
    expect(known({ form: 'order', strength: 1, orderShare: 0, numUsers: 500 })[0]!.reached).toBeCloseTo(0.5)
  })

  it('is null where a class is alone', () => {
    expect(known({ numUsers: 1 })).toEqual([
      { attribute: 'gender', ceiling: null, reached: null },
      { attribute: 'age', ceiling: null, reached: null },
    ])
  })
})
