import { expect, it } from 'vitest'

import { adamRule } from '../../graph/optimizers/adam.js'
import { Rng } from '../../random.js'
import { tableWidth, trainingKernel } from './training-kernel.js'

const memory = new WebAssembly.Memory({ initial: 4 })
const kernel = trainingKernel(memory)
const rng = Rng.fromSeed(1)

it('steps as adamRule does, bit for bit', () => {
  const length = 1002
  const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 3e-2, decoupled: false }
  const rule = adamRule(settings)
  const arrays = Array.from({ length: 4 }, (_, i) => new Float32Array(memory.buffer, 4 * length * i, length))
  const [parameters, first, second, gradient] = arrays as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const behind = new Float32Array(memory.buffer, 4 * length * 4, 2).fill(7)
  for (let i = 0; i < length; i++) parameters[i] = rng.normal()
  const expected = { parameter: parameters.slice(), slots: [first.slice(), second.slice()] }
  for (let step = 1; step <= 30; step++) {
    // Zeros and tiny gradients, too.
    for (let i = 0; i < length; i++) gradient[i] = i % 7 === 0 ? 0 : rng.normal() * 10 ** -rng.int(9)
    const update = rule.begin({ step, learningRate: 1e-2, gradientScale: 1 })
    update({ ...expected, gradient: gradient.slice() }, 0, 0, length, step - 1)
    const stepSize = 1e-2 / (1 - 0.9 ** step)
    kernel.adam(parameters, first, second, gradient, {
      ...settings,
      stepSize,
      correction: 1 / Math.sqrt(1 - 0.999 ** step),
    })
  }
  expect(parameters).toEqual(expected.parameter)
  expect([first, second]).toEqual(expected.slots)
  expect([...behind]).toEqual([7, 7])
})

it('means rows and adds to them', () => {
  const table = new Float32Array(memory.buffer, 0, 10 * tableWidth).map(() => 0)
  table.set(Float32Array.from(table, () => rng.normal()))
  const placed = new Float32Array(memory.buffer, 0, table.length)
  placed.set(table)
  const rows = new Int32Array(memory.buffer, 8192, 3)
  const chosen = [7, 0, 7]
  rows.set(chosen.map((row) => 4 * tableWidth * row))
  const out = new Float32Array(memory.buffer, 16384, 3 * tableWidth).fill(5)

  kernel.meanOfRows(rows, placed, 3, out, tableWidth)
  const sum = new Float32Array(tableWidth)
  for (const row of chosen) for (let j = 0; j < tableWidth; j++) sum[j]! += table[row * tableWidth + j]!
  expect(out.subarray(tableWidth, 2 * tableWidth)).toEqual(sum.map((value) => value / 3))
  for (const j of [0, tableWidth - 1, 2 * tableWidth, 3 * tableWidth - 1]) expect(out[j]).toBe(5)

  kernel.addToRows(rows.subarray(1), placed, 4, out, tableWidth)
  const share = out.slice(tableWidth, 2 * tableWidth).map((value) => value / 4)
  const expected = table.slice()
  for (const row of [0, 7]) for (let j = 0; j < tableWidth; j++) expected[row * tableWidth + j]! += share[j]!
  expect(placed).toEqual(expected)
})
