// Five thousand against one million items: the cost of a step must not depend on the catalogue.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import {
  ParameterStore,
  Rng,
  sasrecObjective,
  sasrecSchema,
  sharedNegatives,
  TrainingStep,
} from '@veilrec/core'
import { createOrtRuntime } from '@veilrec/runtime'

import { alternate, median, round, summarize } from './lib/timing.mjs'

const sizes = [5_000, 1_000_000]
const batch = 256
const time = 50
const hiddenSize = 64
const config = sasrecSchema.parse({
  historyLength: time,
  hiddenSize,
  numHeads: 1,
  loss: 'sampledSoftmax',
  numNegatives: 256,
})
const optimizer = { kind: 'adam', learningRate: 1e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 }

export async function measure() {
  const steps = {}
  for (const numItems of sizes) steps[numItems] = await makeStep(numItems)
  const times = await alternate(steps, { rounds: 30 })
  const [small, large] = sizes.map((numItems) => median(times[numItems]))
  const ratio = round(large / small)
  // Memory is that of a process of its own, because the two sizes share this one.
  const resident = Object.fromEntries(sizes.map((numItems) => [numItems, residentGiB(numItems)]))
  const tablesGiB = (3 * 4 * (sizes[1] + 1) * hiddenSize) / 2 ** 30
  const limit = round(tablesGiB + 1)
  return {
    results: {
      steps: Object.fromEntries(sizes.map((numItems) => [numItems, summarize(times[numItems])])),
      ratio,
      residentGiB: resident,
      tablesAndMomentsGiB: round(tablesGiB),
    },
    bars: [
      { what: 'step time, 1 million / 5 thousand items', bar: '<= 1.3', measured: ratio, met: ratio <= 1.3 },
      {
        what: 'resident memory at 1 million items (GiB)',
        bar: `<= ${limit} (table, moments and 1 GiB)`,
        measured: resident[sizes[1]],
        met: resident[sizes[1]] <= limit,
      },
    ],
  }
}

async function makeStep(numItems) {
  const step = await TrainingStep.compile(
    createOrtRuntime(),
    (scope) => sasrecObjective(scope, config, numItems, { batch, time }),
    { store: new ParameterStore(Rng.fromSeed(1)), optimizer, clipNorm: 5, dropoutRng: Rng.fromSeed(2) },
  )
  const rng = Rng.fromSeed(3)
  // Both catalogues see as many distinct items per batch, so that only the table's size differs.
  const ids = () => Int32Array.from({ length: batch * time }, () => 1 + rng.int(Math.min(numItems, 4_000)))
  return () => {
    const targets = ids()
    return step.run({ history: ids(), targets, ...sharedNegatives(256, numItems, targets, rng) })
  }
}

function residentGiB(numItems) {
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), String(numItems)],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(stderr)
  return round(Number(stdout))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const run = await makeStep(Number(process.argv[2]))
  for (let i = 0; i < 10; i++) await run()
  console.log(process.resourceUsage().maxRSS / 2 ** 20)
}
