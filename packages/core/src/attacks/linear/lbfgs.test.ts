import { describe, expect, it } from 'vitest'
import { minimizeLbfgs } from './lbfgs.js'

const options = { gradientTolerance: 1e-9, maxIterations: 500 }

describe('minimizeLbfgs', () => {
  it('solves an ill-conditioned quadratic', () => {
    const scales = [1, 10, 1000, 1e5]
    const result = minimizeLbfgs(
      (x, gradient) => {
        let value = 0
        for (const [i, scale] of scales.entries()) {
          gradient[i] = scale * (x[i]! - i)
          value += (scale / 2) * (x[i]! - i) ** 2
        }
        return value
      },
      new Float64Array(4).fill(5),
      options,
    )
    expect(result.converged).toBe(true)
    for (let i = 0; i < 4; i++) expect(result.point[i]).toBeCloseTo(i, 8)
  })

  it('walks the valley of Rosenbrock', () => {
    const result = minimizeLbfgs(
      (x, gradient) => {
        const [a, b] = [x[0]!, x[1]!]
        gradient[0] = -2 * (1 - a) - 400 * a * (b - a * a)
        gradient[1] = 200 * (b - a * a)
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2
      },
      Float64Array.from([-1.2, 1]),
      options,
    )
    expect(result.converged).toBe(true)
    expect(result.point[0]).toBeCloseTo(1, 8)
    expect(result.iterations).toBeLessThan(100)
  })

  it('says when it did not converge, and stays put at a minimum', () => {
    const bowl = (x: Float64Array, gradient: Float64Array): number => {
      gradient[0] = 4 * x[0]! ** 3
      return x[0]! ** 4
    }
    const short = minimizeLbfgs(bowl, Float64Array.from([3]), { ...options, maxIterations: 1 })
    expect(short).toMatchObject({ converged: false, iterations: 1 })
    expect(minimizeLbfgs(bowl, Float64Array.from([0]), options)).toMatchObject({
      converged: true,
      iterations: 0,
    })
  })
})
