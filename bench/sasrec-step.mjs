// A SASRec training step against its own matrix products, and against the same step in PyTorch eager.
import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { fileURLToPath } from 'node:url'

import {
  createTrace,
  differentiate,
  ParameterStore,
  prune,
  Rng,
  sasrecObjective,
  sasrecSchema,
  Scope,
  sharedNegatives,
  TrainingStep,
} from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'

import { matrixProductModel } from './lib/matrix-products.mjs'
import { alternate, median, round, summarize } from './lib/timing.mjs'

const numItems = 3416
const optimizer = { kind: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 }

/** Pythons to compare with, such as one with an old and one with a new PyTorch. */
const pythons = (process.env.VEILREC_PYTHON ?? 'python3').split(delimiter)

// The first is what `veilrec train` does by default on long histories; the others have the sizes of published code, for
// which there is a twin in PyTorch.
const defaults = sasrecSchema.parse({})
const small = { hiddenSize: 64, numBlocks: 2, numHeads: 1, dropout: 0.2 }
const cases = {
  default: { batch: 32, time: defaults.historyLength, config: defaults },
  'bce-L50': twin(256, 50, 'bce', 1),
  'bce-L200': twin(128, 200, 'bce', 1),
  'sampled-softmax-L50': twin(256, 50, 'sampledSoftmax', 256),
  'sampled-softmax-L200': twin(128, 200, 'sampledSoftmax', 256),
}

function twin(batch, time, loss, numNegatives) {
  const config = sasrecSchema.parse({ ...small, historyLength: time, loss, numNegatives })
  return { batch, time, config, hasTwin: true }
}

export async function measure() {
  const results = {}
  const bars = []
  for (const [name, shape] of Object.entries(cases)) {
    results[name] = await measureCase(shape)
    const { ratio, pytorch, step } = results[name]
    bars.push({
      what: `${name}: step / own matrix products`,
      bar: shape.hasTwin ? '<= 2.0' : '<= 2.2',
      measured: ratio,
      met: ratio <= (shape.hasTwin ? 2 : 2.2),
    })
    for (const { torch, median: time, ratio: against, reason } of pytorch) {
      bars.push({
        what: `${name}: step / PyTorch ${torch ?? ''} eager`,
        bar: '<= 0.5',
        measured: against ?? reason,
        met: against === undefined ? null : against <= 0.5,
      })
      console.error(`  ${name}: PyTorch ${torch ?? '-'} ${time ?? '-'} ms`)
    }
    console.error(`  ${name}: ${step.median} ms, ${ratio} x its products`)
  }
  return { results, bars }
}

async function measureCase({ batch, time, config, hasTwin = false }) {
  const runtime = createOrtRuntime()
  const objective = (scope) => sasrecObjective(scope, config, numItems, { batch, time })
  const store = new ParameterStore(Rng.fromSeed(1))
  const step = await TrainingStep.compile(runtime, objective, {
    store,
    optimizer,
    dropoutRng: Rng.fromSeed(2),
  })
  const inputs = randomBatch(config, batch, time)

  const trace = createTrace(store, { training: true })
  const { loss: lossTensor } = objective(new Scope(trace))
  const gradients = differentiate(lossTensor, [...trace.parameters.values()])
  const outputs = gradients.flatMap(({ dense, slices }) => [
    ...(dense ? [dense] : []),
    ...slices.map(({ values }) => values),
  ])
  const products = matrixProductModel(trace.graph, [lossTensor, ...new Set(outputs)], prune)
  const session = await runtime.load(products.model.bytes)
  const feeds = tensors(
    products.model.inputNames.map((name) => products.graph.inputs.get(name)),
    true,
  )
  const fetches = tensors(products.outputs, false)

  const times = await alternate({
    step: () => step.run(inputs),
    products: () => session.run(feeds, fetches),
  })
  await step.release()
  await session.release()
  const stepTime = median(times.step)
  const { loss, numNegatives } = config
  const pytorch = (hasTwin ? pythons : []).map((python) => {
    const measured = measurePytorch(python, { batch, time, loss, numNegatives })
    return measured.median === undefined
      ? measured
      : { ...measured, ratio: round(stepTime / measured.median, 3) }
  })
  return {
    step: summarize(times.step),
    products: { ...summarize(times.products), count: products.count, gflop: round(products.flop / 1e9) },
    ratio: round(stepTime / median(times.products), 3),
    pytorch,
  }
}

function randomBatch({ loss, numNegatives }, batch, time) {
  const rng = Rng.fromSeed(3)
  const ids = () => Int32Array.from({ length: batch * time }, () => 1 + rng.int(numItems))
  const history = ids()
  const targets = ids()
  if (loss === 'bce') return { history, targets, negatives: ids() }
  return { history, targets, ...sharedNegatives(numNegatives, numItems, targets, rng) }
}

function tensors(list, random) {
  const rng = Rng.fromSeed(4)
  return Object.fromEntries(
    list.map(({ name, shape }) => {
      const data = new Float32Array(shape.reduce((size, dim) => size * dim, 1))
      if (random) for (let i = 0; i < data.length; i++) data[i] = rng.uniform() - 0.5
      return [name, { dtype: 'float32', dims: shape, data }]
    }),
  )
}

/** The same step in PyTorch, in a process of its own right after ours; skipped where torch is missing. */
function measurePytorch(python, { batch, time, loss, numNegatives }) {
  const script = fileURLToPath(new URL('./pytorch_step.py', import.meta.url))
  const args = [script, batch, time, loss, numNegatives].map(String)
  const { status, stdout, stderr, error } = spawnSync(python, args, { encoding: 'utf8' })
  const isMissing =
    error?.code === 'ENOENT' || /ModuleNotFoundError: No module named 'torch'/.test(stderr ?? '')
  if (isMissing) return { reason: 'PyTorch is not installed (set VEILREC_PYTHON to a Python that has it)' }
  if (error || status !== 0) throw new Error(`${script} failed:\n${error?.message ?? stderr}`)
  return JSON.parse(stdout)
}
