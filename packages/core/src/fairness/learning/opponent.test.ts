import { createOrtRuntime } from '@veilrec/runtime'
import { runGraph } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { gradients } from '../../graph/differentiate.js'
import { Graph } from '../../graph/graph.js'
import { Rng } from '../../random.js'
import { dependence } from './dependence.js'
import { hiddenDependence } from './opponent.js'

const runtime = createOrtRuntime({ threads: 1 })
const size = 60
const rng = Rng.fromSeed(1)
const codes = Array.from({ length: size }, () => [rng.int(2), rng.int(3)] as const)
/** Coordinate 0 tells the first attribute, coordinate 1 the second. */
const vectors = Float32Array.from({ length: size * 3 }, (_, i) => {
  const [row, coordinate] = [Math.floor(i / 3), i % 3]
  return rng.normal() + (coordinate < 2 ? 2 * codes[row]![coordinate as 0 | 1] : 0)
})

/** The sum over what is hidden, its gradient by coordinate, and the dependence on each attribute. */
async function measure(hidden: readonly [number, number]) {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [size, 3])
  const probabilities = [2, 3].map((classes, a) => graph.input(`p${a}`, 'float32', [size, classes]))
  const audience = { size, vectors: x, hidden: graph.input('hidden', 'float32', [size, 2]), probabilities }
  const value = hiddenDependence(x, audience)
  const oneHot = (a: 0 | 1, classes: number) => ({
    dtype: 'float32' as const,
    dims: [size, classes],
    data: Float32Array.from({ length: size * classes }, (_, i) =>
      codes[Math.floor(i / classes)]![a] === i % classes ? 1 : 0,
    ),
  })
  const [total, gradient, ...each] = await runGraph(
    runtime,
    graph,
    [value, ...gradients(value, [x]), ...dependence(x, probabilities)],
    {
      x: { dtype: 'float32', dims: [size, 3], data: vectors },
      hidden: {
        dtype: 'float32',
        dims: [size, 2],
        data: Float32Array.from({ length: size * 2 }, (_, i) => hidden[i % 2]!),
      },
      p0: oneHot(0, 2),
      p1: oneHot(1, 3),
    },
  )
  const [first, second] = each.map(({ data }) => Number(data[0]))
  return { total: Number(total!.data[0]), gradient: gradient!.data as Float32Array, first, second }
}

describe('hiddenDependence', () => {
  it('is the sum of the dependence on each attribute that the requirement hides, a scalar', async () => {
    const { first, second, total } = await measure([1, 1])
    expect(first).toBeGreaterThan(0.02)
    expect(second).toBeGreaterThan(0.02)
    expect(total).toBeCloseTo(first! + second!, 6)
    expect((await measure([1, 0])).total).toBeCloseTo(first!, 6)
    expect((await measure([0, 1])).total).toBeCloseTo(second!, 6)
  })

  it('is 0, with a gradient of 0, where nothing is hidden', async () => {
    const { total, gradient } = await measure([0, 0])
    expect(total).toBe(0)
    expect(gradient.every((value) => value === 0)).toBe(true)
  })
})
