// Same seed, thread count and ONNX Runtime: identical parameter bytes after 50 steps.
import { createHash } from 'node:crypto'

import {
  ParameterStore,
  Rng,
  sasrecObjective,
  sasrecSchema,
  sharedNegatives,
  TrainingStep,
} from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'

const batch = 256
const time = 50
const numItems = 3416
const config = sasrecSchema.parse({
  historyLength: time,
  hiddenSize: 64,
  loss: 'sampledSoftmax',
  numNegatives: 256,
})
const optimizer = { kind: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 }

export async function measure() {
  const results = {}
  const bars = []
  for (const threads of [1, 2]) {
    const hashes = [await train(threads), await train(threads)]
    results[`${threads} threads`] = hashes
    const met = hashes[0] === hashes[1]
    bars.push({
      what: `parameters after 50 steps, ${threads} thread(s)`,
      bar: 'identical',
      measured: met ? 'identical' : 'different',
      met,
    })
  }
  return { results, bars }
}

async function train(threads) {
  const root = Rng.fromSeed(7)
  const store = new ParameterStore(root.split('parameters'))
  const step = await TrainingStep.compile(
    createOrtRuntime({ threads }),
    (scope) => sasrecObjective(scope, config, numItems, { batch, time }),
    { store, optimizer, clipNorm: 5, dropoutRng: root.split('dropout') },
  )
  const rng = root.split('data')
  const ids = () => Int32Array.from({ length: batch * time }, () => 1 + rng.int(numItems))
  for (let i = 0; i < 50; i++) {
    const targets = ids()
    await step.run({ history: ids(), targets, ...sharedNegatives(256, numItems, targets, rng) })
  }
  await step.release()
  const hash = createHash('sha256')
  for (const { name, data } of store.list()) hash.update(name).update(data)
  return hash.digest('hex')
}
