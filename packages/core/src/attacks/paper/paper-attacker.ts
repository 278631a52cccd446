import { VeilrecError } from '../../errors/veilrec-error.js'
import { attributeClassifier, classifierLoss, classWeights } from '../../fairness/learning/adversary.js'
import { normal } from '../../graph/initializers.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { TrainingStep } from '../../graph/training-step.js'
import { macroRocAuc } from '../../metrics/macro-roc-auc.js'
import { microF1 } from '../../metrics/micro-f1.js'
import type { AttackContext, AttackerFit, AttackerKind, AttackProblem, FittedAttacker } from '../attacker.js'
import { mostProbableClass } from '../linear/logistic-regression.js'
import { pause } from '../suite/suite-pause.js'

/** How a paper trains the classifier that it attacks its own vectors with. */
export interface PaperAttackerConfig {
  /** Of Adam. */
  readonly learningRate: number
  /** L2, added to the gradient. */
  readonly weightDecay: number
  readonly batchSize: number
  readonly epochs: number
  /** Epochs that are trained whatever validation says. */
  readonly leastEpochs: number
  /** Epochs without a better validation figure before it stops, counted from {@link leastEpochs} on. */
  readonly patience: number
  /** Weight of a class in the loss: 1, or one over its frequency among the training users, at most 10 to 1. */
  readonly classWeights: 'none' | 'inverse'
  /** The validation figure that decides which epoch is kept. */
  readonly keeps: 'auc' | 'microF1'
}

/**
 * An attacker as the papers have it, for the `paper` protocol alone: `d -> d -> C` with ReLU from N(0, 0.01^2), trained by
 * Adam on the class-weighted cross-entropy of raw vectors, the epoch with the best validation figure kept (the earliest
 * on ties).
 *
 * Weaker than those of evaluation.md rule 7: one configuration, nothing standardised, a start near 0. Departures: AFRL's
 * code keeps its best epoch and then measures the last; biases start at 0; class weights are bounded. One fit after the other.
 *
 * @param name as in results, such as `afrl-attacker`.
 * @throws VeilrecError from `fit`: `INVALID_ARGUMENT` on lists, `NOT_FINITE` when it diverges, `ABORTED` between two epochs.
 */
export function paperAttacker(name: string, config: PaperAttackerConfig): AttackerKind<PaperAttackerConfig> {
  return {
    name,
    evidence: 'vectors',
    isRandom: true,
    configurations: [config],
    async fit(problem, fits, context) {
      const fitted: FittedAttacker[] = []
      for (const fit of fits) fitted.push(await fitOne(name, problem, fit, context))
      return fitted
    },
  }
}

/**
 * AFRL's attacker (released runner): at most 300 epochs of batches of 128 with a step of 1e-3 and a decay of 1e-4, stopped from
 * epoch 100 on by validation AUC.
 */
export const afrlAttacker: AttackerKind<PaperAttackerConfig> = paperAttacker('afrl-attacker', {
  learningRate: 1e-3,
  weightDecay: 1e-4,
  batchSize: 128,
  epochs: 300,
  leastEpochs: 100,
  patience: 10,
  classWeights: 'inverse',
  keeps: 'auc',
})

/**
 * PFRec's attacker (released runner): at most 300 epochs of batches of 256 with a step of 1e-4 and a decay of 1e-6, stopped by
 * validation micro-F1.
 */
export const pfrecAttacker: AttackerKind<PaperAttackerConfig> = paperAttacker('pfrec-attacker', {
  learningRate: 1e-4,
  weightDecay: 1e-6,
  batchSize: 256,
  epochs: 300,
  leastEpochs: 20,
  patience: 10,
  classWeights: 'inverse',
  keeps: 'microF1',
})

async function fitOne(
  name: string,
  problem: AttackProblem,
  { config, rng, labels = problem.training.labels, validationLabels }: AttackerFit<PaperAttackerConfig>,
  context: AttackContext,
): Promise<FittedAttacker> {
  const { evidence, numClasses, training, validation } = problem
  if (evidence.kind !== 'vectors') {
    throw new VeilrecError('INVALID_ARGUMENT', `${name} attacks vectors, not ${evidence.kind}`, {
      evidence: evidence.kind,
    })
  }
  const { values, dimension } = evidence
  const write = (users: Int32Array, target: Float32Array): void =>
    users.forEach((user, row) =>
      target.set(values.subarray(user * dimension, (user + 1) * dimension), row * dimension),
    )
  const store = new ParameterStore(rng.split('parameters'))
  const batch = Math.min(config.batchSize, training.users.length)
  const weights = classWeights({ training: Int16Array.from(labels), numClasses }, config.classWeights)
  const session = context.threads === undefined ? {} : { threads: context.threads }
  const step = await TrainingStep.compile(
    context.runtime,
    (scope) => {
      const logits = attributeClassifier(scope, scope.input('x', 'float32', [batch, dimension]), numClasses, {
        hidden: [dimension],
        initializer: normal(0.01),
      })
      return { loss: classifierLoss(logits, { labels: scope.input('labels', 'int32', [batch]), weights }) }
    },
    {
      store,
      optimizer: {
        kind: 'adam',
        learningRate: config.learningRate,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        weightDecay: config.weightDecay,
      },
      ...session,
    },
  )
  const predict = (users: Int32Array): Float64Array => probabilitiesOf(store, values, dimension, users)

  const judged = validationLabels ?? validation.labels
  const figure = (p: Float64Array): number =>
    config.keeps === 'auc'
      ? macroRocAuc(p, judged, numClasses).auc.value!
      : microF1(mostProbableClass(p, numClasses), judged, numClasses).value!
  const order = Int32Array.from(training.users.keys())
  const orderRng = rng.split('order')
  let best = { figure: -Infinity, epoch: 0, values: store.snapshot() }
  try {
    for (let epoch = 1; epoch <= config.epochs; epoch++) {
      await pause(context.signal)
      orderRng.shuffle(order)
      for (let from = 0; from < order.length; from += batch) {
        const picks = order.subarray(from, from + batch)
        const x = new Float32Array(batch * dimension)
        const picked = new Int32Array(batch).fill(-1)
        write(
          picks.map((pick) => training.users[pick]!),
          x,
        )
        picks.forEach((pick, row) => (picked[row] = labels[pick]!))
        await step.run({ x, labels: picked })
      }
      const now = figure(predict(validation.users))
      if (now > best.figure) best = { figure: now, epoch, values: store.snapshot() }
      if (epoch - Math.max(best.epoch, config.leastEpochs) >= config.patience) break
    }
  } finally {
    await step.release()
  }
  store.restore(best.values)
  return { predict: (users) => Promise.resolve(predict(users)) }
}

/** `[users, numClasses]`, computed here in float64: in float32 confident probabilities would be tied. */
function probabilitiesOf(
  store: ParameterStore,
  values: Float32Array | Float64Array,
  dimension: number,
  users: Int32Array,
): Float64Array {
  const [inner, innerBias, outer, outerBias] = ['0/weight', '0/bias', '1/weight', '1/bias'].map(
    (name) => store.get(name).data,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array]
  const numClasses = outerBias.length
  const all = new Float64Array(users.length * numClasses)
  const hidden = new Float64Array(dimension)
  users.forEach((user, row) => {
    hidden.set(innerBias)
    for (let j = 0; j < dimension; j++) {
      const value = values[user * dimension + j]!
      for (let k = 0; k < dimension; k++) hidden[k]! += value * inner[j * dimension + k]!
    }
    const logits = all.subarray(row * numClasses, (row + 1) * numClasses)
    logits.set(outerBias)
    for (let k = 0; k < dimension; k++) {
      const active = Math.max(0, hidden[k]!)
      if (active === 0) continue
      for (let c = 0; c < numClasses; c++) logits[c]! += active * outer[k * numClasses + c]!
    }
    const peak = logits.reduce((most, logit) => Math.max(most, logit), -Infinity)
    let total = 0
    for (let c = 0; c < numClasses; c++) total += logits[c] = Math.exp(logits[c]! - peak)
    for (let c = 0; c < numClasses; c++) logits[c]! /= total
  })
  return all
}
