// The SASRec of main-job.mjs, which has to be run before: encoding and ranking everybody, and the exported model in a browser's engine.
import { join } from 'node:path'

import { leaveOneOutTargets, rankByScores, topK } from '@veilrec/core'
import { encodeUsers, exportOnnx, loadRun, recommend } from '@veilrec/lab'
import { readFileSync } from 'node:fs'
import { env, InferenceSession, Tensor } from 'onnxruntime-web'

import { median, round } from './lib/timing.mjs'
import { mainJobHome, mainJobRun as name } from './lib/trained-run.mjs'

const usersCompared = 100

export async function measure() {
  const home = mainJobHome()
  const run = await loadRun(home, name)
  const seconds = []
  for (let round = 0; round < 5; round++) seconds.push(await encodeAndRank(run))
  const equal = await equalLists(home, run)
  const measured = round(median(seconds))
  return {
    results: { run: name, dimension: run.dimension, seconds: seconds.map((value) => round(value)), equal },
    bars: [
      {
        what: `encode and fully rank ${run.dataset.numUsers} users at L=200 (s)`,
        bar: '< 5',
        measured,
        met: measured < 5,
      },
      {
        what: `top 10 of the exported model in onnxruntime-web equal to recommend, of ${usersCompared} users`,
        bar: `${usersCompared}`,
        measured: equal,
        met: equal === usersCompared,
      },
    ],
  }
}

async function encodeAndRank(run) {
  const started = performance.now()
  const { known, targets } = leaveOneOutTargets(run.dataset.histories, 'test')
  const userVectors = await encodeUsers(run, 'test')
  rankByScores(run.scores(userVectors), targets, known)
  return (performance.now() - started) / 1000
}

/** Of how many users the ten best items are the same, in the same order. */
async function equalLists(home, { dataset, folder }) {
  const { offsets, items } = dataset.histories
  const file = join(folder, 'export.onnx')
  const { input, output } = await exportOnnx({ home, run: name, file })
  env.wasm.numThreads = 1
  const session = await InferenceSession.create(readFileSync(file))
  const [length, width] = [Number(input.shape[1]), Number(output.shape[1])]
  const stride = Math.floor(dataset.numUsers / usersCompared)
  let equal = 0
  for (let user = 0; user < stride * usersCompared; user += stride) {
    const own = items.subarray(offsets[user], offsets[user + 1])
    const history = new Int32Array(length)
    history.set(own.slice(-length))
    const { scores } = await session.run({ history: new Tensor('int32', history, [1, length]) })
    const seen = new Uint8Array(width)
    for (const item of own) seen[item] = 1
    const web = Array.from(topK(scores.data, 10, seen).items, (item) => dataset.itemIds[item])
    const { base } = await recommend({ home, run: name, user: dataset.userIds[user], top: 10 })
    if (base.every(({ item }, place) => item === web[place])) equal++
  }
  await session.release()
  return equal
}
