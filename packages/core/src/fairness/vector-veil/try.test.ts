import { expect, it } from 'vitest'
import { createOrtRuntime } from '@veilrec/runtime'
import { linear } from '../../layers/linear.js'
import { TrainingStep } from '../../graph/training-step.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { Rng } from '../../random.js'
import { add, mul } from '../../graph/ops/elementwise.js'
import { adversarialLoss, attributeClassifier, classWeights, classifierLoss } from '../learning/adversary.js'
import { innerProductScorer } from '../learning/frozen-scorer.js'
import { defenceLabels } from '../learning/defence-labels.js'
import { vectorGame } from './vector-game.js'
import { vectorVeil } from './vector-veil.js'
import type { VectorModel } from './vector-model.js'
it('plays', async () => {
  const rng = Rng.fromSeed(1), n = 200, d = 8, items = 30
  const vectors = Float32Array.from({ length: n * d }, () => rng.normal())
  const codes = Int16Array.from({ length: n }, (_, u) => (vectors[u * d]! > 0 ? 1 : 0))
  const labels = defenceLabels([{ name: 'gender', classes: ['a', 'b'], codes }], new Uint8Array(n), { holdoutShare: 0.2, rng })
  const scorer = innerProductScorer(Float32Array.from({ length: (items + 1) * d }, () => rng.normal()), d)
  const weights = classWeights(labels.attributes[0]!, 'sqrtInverse')
  const model: VectorModel = {
    veil: (scope, x) => linear(scope.child('map'), x, d),
    players: [
      { name: 'veil', steps: 1, trains: (p) => p.startsWith('map'), optimizer: { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as never,
        objective: (scope, b) => { const v = model.veil(scope, b.vectors, b.hidden); const l = attributeClassifier(scope.child('adversary'), v, 2, { hidden: [8] }); return { loss: add(b.recommendationLoss(v), mul(adversarialLoss(l, { labels: b.labels[0]!, weights }, 'bounded'), 1)) } } },
      { name: 'adversary', steps: 2, trains: (p) => p.startsWith('adversary'), optimizer: { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as never,
        objective: (scope, b) => ({ loss: classifierLoss(attributeClassifier(scope.child('adversary'), model.veil(scope, b.vectors, b.hidden), 2, { hidden: [8] }), { labels: b.labels[0]!, weights }) }) },
    ],
  }
  const windows = { dimension: d, vectors, rows: Int32Array.from({ length: n }, (_, i) => i), users: Int32Array.from({ length: n }, (_, i) => i), targets: Int32Array.from({ length: n }, () => 1 + rng.int(items)) }
  for (const loss of ['bpr', 'sampledSoftmax'] as const) {
    const game = vectorGame({ model, windows, labels, scorer, settings: { batchSize: 64, loss, numNegatives: 20 } })
    const store = new ParameterStore(Rng.fromSeed(2), scorer.store)
    const runtime = createOrtRuntime({ threads: 1 })
    const last: Record<string, number> = {}
    for (const p of game.players) {
      const step = await TrainingStep.compile(runtime, (s) => p.objective(s, { batch: 64, time: 1 }), { store, optimizer: p.optimizer, trainable: p.trains })
      for (let i = 0; i < 50; i++) last[p.name] = (await step.run(game.batch(p, rng).inputs))['loss']!
    }
    console.log(loss, last, store.list().map((p) => p.name))
    const veil = vectorVeil({ method: 'try', model, store, attributes: ['gender'], base: () => Promise.resolve(vectors), dimension: d, runtime })
    const out = await veil.encode({ offsets: new Int32Array(n + 1), items: new Int32Array() }, Array.from({ length: n }, (_, i) => (i % 2 ? ['gender'] : [])))
    expect(out.subarray(0, d)).toEqual(vectors.subarray(0, d))
    expect(out.subarray(d, 2 * d)).not.toEqual(vectors.subarray(d, 2 * d))
  }
})
