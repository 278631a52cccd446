import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { topK } from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'
import { env, InferenceSession, Tensor } from 'onnxruntime-web'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { exportOnnx, type ExportOnnxResult } from './export-onnx.js'
import { loadRun, type LoadedRun } from './load-run.js'
import { recommend } from './recommend.js'

let home: string
let run: LoadedRun
let exported: ExportOnnxResult
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'veilrec-export-'))
  await cp(fileURLToPath(new URL('../fixtures/home-format-1', import.meta.url)), home, { recursive: true })
  run = await loadRun(home, 'first')
  exported = await exportOnnx({ home, run: 'first', file: join(home, 'films.onnx') })
})
afterAll(() => rm(home, { recursive: true }))

/** The query `[rows, length]` of histories of item indices, padded on the right. */
function queryOf(histories: readonly (readonly number[])[]): { history: Int32Array; length: number } {
  const length = exported.input.shape[1] as number
  const history = new Int32Array(histories.length * length)
  histories.forEach((items, row) => history.set(items.slice(-length), row * length))
  return { history, length }
}

/** Scores `[rows, numItems + 1]` by the exported file alone. */
async function scoresOf(histories: readonly (readonly number[])[]): Promise<Float32Array> {
  const { output, file } = exported
  const session = await createOrtRuntime().load(await readFile(file))
  const { history, length } = queryOf(histories)
  const width = output.shape[1] as number
  const scores = new Float32Array(histories.length * width)
  await session.run(
    { history: { dtype: 'int32', dims: [histories.length, length], data: history } },
    { scores: { dtype: 'float32', dims: [histories.length, width], data: scores } },
  )
  await session.release()
  return scores
}

it('says what it wrote', () => {
  expect(exported).toMatchObject({
    run: 'first',
    input: { name: 'history', type: 'int32', shape: ['batch', 12] },
    output: { name: 'scores', type: 'float32', shape: ['batch', 26] },
  })
})

/** The same in WebAssembly, as a browser does it. */
async function scoresOnTheWeb(histories: readonly (readonly number[])[]): Promise<Float32Array> {
  env.wasm.numThreads = 1
  const session = await InferenceSession.create(await readFile(exported.file))
  const { history, length } = queryOf(histories)
  const { scores } = await session.run({ history: new Tensor('int32', history, [histories.length, length]) })
  await session.release()
  return scores!.data as Float32Array
}

it.each([
  ['onnxruntime-node', scoresOf],
  ['onnxruntime-web', scoresOnTheWeb],
])('gives the recommendations of the run in %s, for all users at once', async (_, score) => {
  const { histories, numUsers, numItems, itemIds, userIds } = run.dataset
  const rows = Array.from({ length: numUsers }, (__, user) =>
    Array.from(histories.items.subarray(histories.offsets[user], histories.offsets[user + 1])),
  )
  const scores = await score(rows)
  for (let user = 0; user < numUsers; user += 6) {
    const own = scores.subarray(user * (numItems + 1), (user + 1) * (numItems + 1))
    const seen = new Uint8Array(numItems + 1)
    for (const item of rows[user]!) seen[item] = 1
    const { base } = await recommend({ home, run: 'first', user: userIds[user]!, top: 10 })
    expect(Array.from(topK(own, 10, seen).items, (item) => itemIds[item])).toEqual(
      base.map(({ item }) => item),
    )
  }
})

it('never scores padding, and scores nothing without a history', async () => {
  const [padding, ...scores] = await scoresOf([[]])
  expect(padding).toBe(-Infinity)
  expect(scores.every((score) => score === 0)).toBe(true)
})
