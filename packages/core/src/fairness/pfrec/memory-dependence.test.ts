import { createOrtRuntime } from '@veilrec/runtime'
import { floats, runGraph } from '@veilrec/testing'
import { describe, expect, it } from 'vitest'

import { gradients } from '../../graph/differentiate.js'
import { Graph } from '../../graph/graph.js'
import { Rng } from '../../random.js'
import { dependence } from '../learning/dependence.js'
import { memoryDependence } from './memory-dependence.js'

const runtime = createOrtRuntime({ threads: 1 })
const width = 3

interface Rows {
  readonly vectors: ArrayLike<number>
  readonly codes: readonly number[]
  readonly users: readonly number[]
}

const oneHot = (codes: readonly number[]): number[] => codes.flatMap((code) => (code === 0 ? [1, 0] : [0, 1]))

interface Estimate {
  readonly value: number
  /** With respect to the vectors of the batch. */
  readonly gradient: Float32Array
}

async function estimate(batch: Rows, memory: Rows): Promise<Estimate> {
  const graph = new Graph()
  const declared = (name: string, n: number): Parameters<typeof memoryDependence>[0] => ({
    vectors: graph.input(`${name}/vectors`, 'float32', [n, width]),
    users: graph.input(`${name}/users`, 'float32', [n]),
    probabilities: [graph.input(`${name}/probabilities`, 'float32', [n, 2])],
  })
  const few = declared('batch', batch.users.length)
  const [value] = memoryDependence(few, declared('memory', memory.users.length))
  const [gradient] = gradients(value!, [few.vectors])
  const feeds = Object.entries({ batch, memory }).flatMap(([name, { vectors, users, codes }]) => [
    [`${name}/vectors`, floats(Array.from(vectors), [users.length, width])],
    [`${name}/users`, floats([...users], [users.length])],
    [`${name}/probabilities`, floats(oneHot(codes), [users.length, 2])],
  ])
  const [first, second] = await runGraph(runtime, graph, [value!, gradient!], Object.fromEntries(feeds))
  return { value: first!.data[0] as number, gradient: second!.data as Float32Array }
}

async function whole({ vectors, codes }: Rows): Promise<Estimate> {
  const graph = new Graph()
  const x = graph.input('x', 'float32', [codes.length, width])
  const y = graph.input('y', 'float32', [codes.length, 2])
  const [value] = dependence(x, [y])
  const [gradient] = gradients(value!, [x])
  const feeds = {
    x: floats(Array.from(vectors), [codes.length, width]),
    y: floats(oneHot(codes), [codes.length, 2]),
  }
  const [first, second] = await runGraph(runtime, graph, [value!, gradient!], feeds)
  return { value: first!.data[0] as number, gradient: second!.data as Float32Array }
}

/** Users whose first number tells their class. */
function drawn(rng: Rng, n: number, from = 0): Rows {
  const codes = Array.from({ length: n }, () => rng.int(2))
  const vectors = Float32Array.from({ length: n * width }, (_, i) => {
    return 2 * rng.normal() + 1 + (i % width === 0 ? 3 * codes[Math.floor(i / width)]! : 0)
  })
  return { codes, vectors, users: codes.map((_, i) => from + i) }
}

function some({ vectors, codes, users }: Rows, places: readonly number[]): Rows {
  return {
    vectors: places.flatMap((place) => Array.from(vectors).slice(place * width, (place + 1) * width)),
    codes: places.map((place) => codes[place]!),
    users: places.map((place) => users[place]!),
  }
}

describe('memoryDependence', () => {
  it('is dependence, value and gradient, where the batch is what is remembered', async () => {
    const rows = drawn(Rng.fromSeed(1), 40)
    const [found, expected] = [await estimate(rows, rows), await whole(rows)]
    expect(found.value).toBeCloseTo(expected.value, 6)
    const scale = Math.max(...expected.gradient.map(Math.abs))
    expect(scale).toBeGreaterThan(1e-5)
    found.gradient.forEach((value, i) => expect(value / scale).toBeCloseTo(expected.gradient[i]! / scale, 3))
  })

  it('is its mean over small batches, and so is the gradient', async () => {
    const rows = drawn(Rng.fromSeed(2), 24)
    const expected = await whole(rows)
    const gradient = new Float64Array(24 * width)
    let value = 0
    for (let part = 0; part < 6; part++) {
      const places = [0, 1, 2, 3].map((i) => part * 4 + i)
      const one = await estimate(some(rows, places), rows)
      value += one.value / 6
      one.gradient.forEach((of, i) => (gradient[part * 4 * width + i] = of / 6))
    }
    expect(value).toBeCloseTo(expected.value, 6)
    // Not exactly: the share of the variance in it is a product of two estimates from one batch, here of 4 users.
    const product = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
      return Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)
    }
    const sizes = Math.sqrt(product(gradient, gradient) * product(expected.gradient, expected.gradient))
    expect(product(gradient, expected.gradient) / sizes).toBeGreaterThan(0.95)
    expect(product(gradient, expected.gradient) / product(expected.gradient, expected.gradient)).toBeCloseTo(
      1,
      1,
    )
  })

  it('compares nobody with themselves, however old the memory of them is', async () => {
    const rng = Rng.fromSeed(3)
    const [batch, others] = [drawn(rng, 3), drawn(rng, 20, 100)]
    const old = drawn(rng, 3)
    const memory = (first: Rows): Rows => ({
      vectors: [...Array.from(first.vectors), ...Array.from(others.vectors)],
      codes: [...first.codes, ...others.codes],
      users: [...first.users, ...others.users],
    })
    // Only by mean and variance of the memory do the users of the batch matter when they are all that differs.
    const alone = some(batch, [0])
    const { value } = await estimate(alone, some(memory(old), [0]))
    expect(value).toBe(0)
    const stranger = await estimate({ ...alone, users: [50] }, memory(old))
    const oneself = await estimate(alone, memory(old))
    expect(stranger.value).not.toBeCloseTo(oneself.value, 5)
  })

  it('does not push vectors apart: scaling batch and memory alike changes nothing', async () => {
    const rows = drawn(Rng.fromSeed(4), 40)
    const { gradient } = await estimate(rows, rows)
    // The direction of a common scale about the mean of each column.
    const means = Array.from({ length: width }, (_, d) => {
      return rows.users.reduce((sum, __, i) => sum + rows.vectors[i * width + d]! / 40, 0)
    })
    const along = gradient.reduce((sum, g, i) => sum + g * (rows.vectors[i]! - means[i % width]!), 0)
    const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0))
    expect(size).toBeGreaterThan(1e-4)
    expect(Math.abs(along) / size).toBeLessThan(1e-2)
  })
})
