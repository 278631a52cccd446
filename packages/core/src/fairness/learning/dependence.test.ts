import { createOrtRuntime } from '@veilrec/runtime'
import { floats, runGraph } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { Graph } from '../../graph/graph.js'
import { gradients } from '../../graph/differentiate.js'
import { Rng } from '../../random.js'
import { dependence } from './dependence.js'

const runtime = createOrtRuntime({ threads: 1 })

/** The estimate and its gradient with respect to the vectors. */
async function estimate(
  vectors: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  rows: number,
): Promise<{ value: number; gradient: Float32Array }> {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [rows, vectors.length / rows])
  const y = graph.input('y', 'float32', [rows, probabilities.length / rows])
  const value = dependence(x, [y])[0]!
  const [gradient] = gradients(value, [x])
  const feeds = {
    x: floats(Array.from(vectors), [rows, vectors.length / rows]),
    y: floats(Array.from(probabilities), [rows, probabilities.length / rows]),
  }
  const [first, second] = await runGraph(runtime, graph, [value, gradient!], feeds)
  return { value: first!.data[0] as number, gradient: second!.data as Float32Array }
}

const rows = 400
const oneHot = (codes: readonly number[]): number[] => codes.flatMap((code) => (code === 0 ? [1, 0] : [0, 1]))

describe('dependence', () => {
  it('is the sum over pairs', async () => {
    // Standardised: x = -1, 1, -1, 1 (distances 0 and 4, mean 2) and y = -1, -1, 1, 1 in one column and its opposite.
    const { value } = await estimate([0, 1, 0, 1], oneHot([0, 0, 1, 1]), 4)
    const far = Math.exp(-4 / 2)
    // Pairs of one class are (0,1) and (2,3), both far; of two classes (0,2), (1,3) near, (0,3), (1,2) far; y.y = +-2, halved.
    const sum = 2 * (2 * far - 2 * 1 - 2 * far)
    expect(value).toBeCloseTo(sum / (4 * 3), 3)
  })

  it('is 0 on average where nothing tells, and far above where something does, linear or not', async () => {
    const rng = Rng.fromSeed(1)
    const codes = Array.from({ length: rows }, () => rng.int(2))
    const noise = Array.from({ length: rows * 4 }, () => rng.normal())
    const planted = (how: (code: number, draw: number) => number): number[] =>
      noise.map((draw, i) => (i % 4 === 0 ? how(codes[Math.floor(i / 4)]!, draw) : draw))
    const { value: none } = await estimate(noise, oneHot(codes), rows)
    const { value: linear } = await estimate(
      planted((code, draw) => draw + 2 * code),
      oneHot(codes),
      rows,
    )
    const { value: spread } = await estimate(
      planted((code, draw) => draw * (1 + 4 * code)),
      oneHot(codes),
      rows,
    )
    expect(Math.abs(none)).toBeLessThan(0.002)
    expect(linear).toBeGreaterThan(0.01)
    expect(spread).toBeGreaterThan(0.004)
  })

  it('falls along its gradient, and is deaf to scale and shift of the vectors', async () => {
    const rng = Rng.fromSeed(2)
    const codes = Array.from({ length: 60 }, () => rng.int(2))
    const x = Float32Array.from({ length: 120 }, (_, i) => rng.normal() + (i % 2) * codes[Math.floor(i / 2)]!)
    const { value, gradient } = await estimate(x, oneHot(codes), 60)
    const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0))
    const moved = x.map((of, i) => of - (0.05 * gradient[i]!) / size)
    const after = await estimate(moved, oneHot(codes), 60)
    expect(after.value).toBeLessThan(value)
    const scaled = await estimate(
      x.map((of) => 100 * of + 7),
      oneHot(codes),
      60,
    )
    expect(scaled.value).toBeCloseTo(value, 4)
  })

  it('says 0 of vectors or labels that are all the same', async () => {
    const { value, gradient } = await estimate(
      new Float32Array(20),
      oneHot([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]),
      10,
    )
    expect(Number.isFinite(value) && gradient.every(Number.isFinite)).toBe(true)
    const { value: same } = await estimate([1, 2, 3, 4, 5], oneHot([0, 0, 0, 0, 0]), 5)
    expect(same).toBeCloseTo(0, 6)
  })
})
