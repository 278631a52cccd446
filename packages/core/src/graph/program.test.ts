import { matchers } from '@veilrec/testing'
import { createOrtRuntime } from '@veilrec/runtime'
import { expect, it } from 'vitest'

import { Rng } from '../random.js'
import { constant, normal } from './initializers.js'
import { add, mul } from './ops/elementwise.js'
import { ParameterStore } from './parameter-store.js'
import { Program } from './program.js'
import { createTrace, Scope } from './scope.js'

expect.extend(matchers)
const runtime = createOrtRuntime({ threads: 1 })

function newScope(training = false): Scope {
  return new Scope(createTrace(new ParameterStore(Rng.fromSeed(1)), { training }))
}

it('feeds parameters as they are at the time of the run', async () => {
  const scope = newScope()
  const output = mul(scope.parameter('w', [2], constant(2)), scope.input('x', 'float32', [2]))
  const program = await Program.compile(runtime, scope.trace, [output])
  const first = await program.run({ x: Float32Array.of(1, 2) })
  expect([...first[output.name]!.data]).toEqual([2, 4])
  scope.trace.store.get('w').data.fill(10)
  const second = await program.run({ x: Float32Array.of(1, 2) })
  expect([...second[output.name]!.data]).toEqual([10, 20])
  await program.release()
})

it('keeps a result until the run after the next', async () => {
  const scope = newScope()
  const output = add(scope.input('x', 'float32', [1]), 0)
  const program = await Program.compile(runtime, scope.trace, [output])
  const run = async (value: number) => (await program.run({ x: Float32Array.of(value) }))[output.name]!.data
  const first = await run(1)
  const second = await run(2)
  expect([first[0], second[0]]).toEqual([1, 2])
  const third = await run(3)
  expect([second[0], third[0]]).toEqual([2, 3])
  expect(third).toBe(first)
})

it('looks up rows of lazy tables that share ids, and leaves the caller ids alone', async () => {
  const scope = newScope()
  const ids = scope.input('ids', 'int32', [3])
  const [a, b] = (['a', 'b'] as const).map((name) => {
    return scope.lookup(scope.parameter(name, [1000, 2], normal(1), { update: 'lazy' }), ids)
  })
  const program = await Program.compile(runtime, scope.trace, [a!, b!])
  for (const given of [Int32Array.of(999, 5, 999), Int32Array.of(0, 998, 1)]) {
    const kept = given.slice()
    const results = await program.run({ ids: given })
    for (const [name, output] of [
      ['a', a!],
      ['b', b!],
    ] as const) {
      const { data } = scope.trace.store.get(name)
      const expected = [...given].flatMap((id) => [data[id * 2], data[id * 2 + 1]])
      expect([...results[output.name]!.data]).toEqual(expected)
    }
    expect(given).toEqual(kept)
  }
})

it('draws a fresh dropout mask for every run, the same for the same stream', async () => {
  const masks = async (seed: number): Promise<number[][]> => {
    const scope = newScope(true)
    const output = scope.dropout(scope.input('x', 'float32', [64]), 0.5)
    const program = await Program.compile(runtime, scope.trace, [output], { dropoutRng: Rng.fromSeed(seed) })
    const runs: number[][] = []
    for (let i = 0; i < 3; i++) {
      const results = await program.run({ x: new Float32Array(64).fill(1) })
      runs.push([...results[output.name]!.data].map(Number))
    }
    return runs
  }
  const [first, second] = await masks(1)
  expect(first).not.toEqual(second)
  expect(await masks(1)).toEqual(await masks(1))
  expect(await masks(1)).not.toEqual(await masks(2))
})

it('needs a stream for dropout', async () => {
  const scope = newScope(true)
  const output = scope.dropout(scope.input('x', 'float32', [2]), 0.5)
  await expect(Program.compile(runtime, scope.trace, [output])).rejects.toThrowVeilrecError(
    'INVALID_ARGUMENT',
    'dropout',
  )
})
