import { add, relu } from '../../graph/ops/elementwise.js'
import { concat, reshape } from '../../graph/ops/shaping.js'
import { mean } from '../../graph/ops/reduction.js'
import { softmax } from '../../graph/ops/softmax.js'
import { ParameterStore } from '../../graph/parameter-store.js'
import { Program } from '../../graph/program.js'
import type { Runtime, SessionOptions } from '../../graph/runtime.js'
import { createTrace, Scope } from '../../graph/scope.js'
import type { Tensor } from '../../graph/tensor.js'
import { TrainingStep } from '../../graph/training-step.js'
import { linear } from '../../layers/linear.js'
import { layerNorm } from '../../layers/norm.js'
import { fitStandardizer } from '../../attacks/linear/standardize.js'
import type { Rng } from '../../random.js'
import type { Histories } from '../../dataset.js'
import { classifierLoss } from './adversary.js'
import type { DefenceAttribute, DefenceLabels } from './defence-labels.js'
import { drawFolds, logLoss, numFolds, toldByItems } from './told-by-items.js'

/** Of what items tell, in its mixture with what vectors tell. */
const shares = [0, 0.25, 0.5, 0.75, 1]
const numNetworks = 3
const hiddenSize = 128
const dropout = 0.5
const batchSize = 128
const epochs = 18
const leastSteps = 60
const optimizer = {
  kind: 'adamw',
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.05,
} as const

/** What {@link distilledLabels} works on. */
export interface DistilledLabelsInput {
  readonly labels: DefenceLabels
  readonly dimension: number
  /** `[n, dimension]` row-major, any number of rows of any users. */
  readonly vectors: Float32Array
  /** `[n]`, the user of each row. */
  readonly users: Int32Array
  /** What users did, which may tell what few labels do not show in vectors; by their vectors alone when left out. */
  readonly items?: { readonly histories: Histories; readonly numItems: number }
  readonly runtime: Runtime
  readonly session?: SessionOptions
  readonly rng: Rng
  /** Told how far the work has come; may throw to stop it. */
  readonly step?: (done: number, total: number) => Promise<void>
}

/**
 * What can be told of every user from their vectors, by classifiers that learned from the labels that may train: class
 * probabilities for each row.
 *
 * A veil that makes its vectors independent of these hides the attribute as far as the classifiers saw it, but of *everybody* and
 * not only of the few users whose labels it may see, whom it would otherwise come to know by heart. Departure from the papers, whose
 * adversaries see the labels themselves.
 *
 * With `items`, classifiers look at the items of the histories as well ({@link toldByItems}), from which vectors are computed: what
 * nothing in a history tells, no vector made of it can. Of the two a mixture is taken, by the share in {@link shares} that
 * gives labels that were not seen the highest likelihood.
 *
 * Cross-fitted: a user whose label trains is told by those classifiers that have not seen it, so that nobody's label comes back. Each
 * of the four parts is learned by three networks of two hidden layers with dropout, whose probabilities are averaged.
 *
 * @returns for each attribute `[n, numClasses]`, rows adding up to 1.
 */
export async function distilledLabels(input: DistilledLabelsInput): Promise<Float32Array[]> {
  const { labels, vectors, dimension, users, rng } = input
  const { attributes } = labels
  const standardized = standardizedRows(vectors, dimension)
  const foldOfUser = drawFolds(labels, rng)
  const results = attributes.map(({ numClasses }) => new Float32Array(users.length * numClasses))
  for (let fold = 0; fold < numFolds; fold++) {
    const pause = async (): Promise<void> => input.step?.(fold, numFolds)
    const own = (row: number): number | undefined => foldOfUser.get(users[row]!)
    const training = rowsWhere(users.length, (row) => own(row) !== undefined && own(row) !== fold)
    const asked = rowsWhere(users.length, (row) => own(row) === undefined || own(row) === fold)
    const foldRng = rng.split(`fold${fold}`)
    const store = new ParameterStore(foldRng.split('parameters'))
    await learn({ ...input, vectors: standardized }, store, training, foldRng, pause)
    await tell({ ...input, vectors: standardized }, store, asked, pause, (attribute, row, probabilities) => {
      const share = own(row) === undefined ? 1 / numFolds : 1
      const { numClasses } = attributes[attribute]!
      for (let c = 0; c < numClasses; c++)
        results[attribute]![row * numClasses + c]! += share * probabilities[c]!
    })
  }
  await mixWithItems(results, input, foldOfUser)
  return results
}

/** Mixes what items tell, where they are given, into what vectors tell. */
async function mixWithItems(
  results: readonly Float32Array[],
  { labels, users, items, runtime, step }: DistilledLabelsInput,
  foldOfUser: ReadonlyMap<number, number>,
): Promise<void> {
  if (items === undefined) return
  for (const [index, attribute] of labels.attributes.entries()) {
    await step?.(numFolds, numFolds)
    const told = await toldByItems({ ...items, attribute, foldOfUser, context: { runtime } })
    if (told === undefined) continue
    const { numClasses } = attribute
    const byVectors = results[index]!
    const mixed = (share: number): Float32Array =>
      byVectors.map((value, i) => {
        const user = users[Math.floor(i / numClasses)]!
        return (1 - share) * value + share * told[user * numClasses + (i % numClasses)]!
      })
    const rows = Int32Array.from(users.keys()).filter((row) => foldOfUser.has(users[row]!))
    const ofRows = { ...attribute, training: Int16Array.from(users, (user) => attribute.training[user]!) }
    const mixtures = shares.map(mixed)
    const losses = mixtures.map((mixture) => logLoss(mixture, ofRows, rows))
    byVectors.set(mixtures[losses.indexOf(Math.min(...losses))]!)
  }
}

/** Logits `[batch, numClasses]` of each network for one attribute. */
function networks(scope: Scope, x: Tensor, { numClasses }: DefenceAttribute): Tensor[] {
  return Array.from({ length: numNetworks }, (_, index) => {
    const network = scope.child(String(index))
    const layer = (name: string, input: Tensor): Tensor => {
      const part = network.child(name)
      return part.dropout(relu(layerNorm(part.child('norm'), linear(part, input, hiddenSize))), dropout)
    }
    return linear(network.child('output'), layer('second', layer('first', x)), numClasses)
  })
}

async function learn(
  { labels: { attributes }, vectors, dimension, users, runtime, session }: DistilledLabelsInput,
  store: ParameterStore,
  rows: Int32Array,
  rng: Rng,
  pause: () => Promise<void>,
): Promise<void> {
  const step = await TrainingStep.compile(
    runtime,
    (scope) => {
      const x = scope.input('vectors', 'float32', [batchSize, dimension])
      const losses = attributes.flatMap((attribute, index) => {
        const labels = scope.input(`label${index}`, 'int32', [batchSize])
        const weights = new Float32Array(attribute.numClasses).fill(1)
        return networks(scope.child(String(index)), x, attribute).map((logits) =>
          classifierLoss(logits, { labels, weights }),
        )
      })
      return { loss: losses.reduce((sum, loss) => add(sum, loss)) }
    },
    { store, optimizer, dropoutRng: rng.split('dropout'), ...session },
  )
  const order = rng.split('batches')
  const numSteps = Math.max(leastSteps, Math.ceil((epochs * rows.length) / batchSize))
  try {
    for (let at = 0; at < numSteps; at++) {
      if (at % 20 === 0) await pause()
      const chosen = Int32Array.from({ length: batchSize }, () => rows[order.int(rows.length)]!)
      const label = ({ training }: DefenceAttribute): Int32Array =>
        chosen.map((row) => training[users[row]!]!)
      await step.run({
        vectors: takeRows(vectors, dimension, chosen, batchSize),
        ...Object.fromEntries(attributes.map((attribute, index) => [`label${index}`, label(attribute)])),
      })
    }
  } finally {
    await step.release()
  }
}

async function tell(
  { labels: { attributes }, vectors, dimension, runtime, session }: DistilledLabelsInput,
  store: ParameterStore,
  rows: Int32Array,
  pause: () => Promise<void>,
  take: (attribute: number, row: number, probabilities: Float32Array) => void,
): Promise<void> {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const block = 4 * batchSize
  const x = scope.input('vectors', 'float32', [block, dimension])
  const outputs = attributes.map((attribute, index) => {
    const each = networks(scope.child(String(index)), x, attribute).map((logits) =>
      reshape(softmax(logits), [1, block, attribute.numClasses]),
    )
    return mean(concat(each as [Tensor, ...Tensor[]], 0), { axes: [0] })
  })
  const program = await Program.compile(runtime, trace, outputs, session)
  try {
    for (let from = 0; from < rows.length; from += block) {
      await pause()
      const chosen = rows.subarray(from, from + block)
      const results = await program.run({ vectors: takeRows(vectors, dimension, chosen, block) })
      outputs.forEach(({ name }, index) => {
        const { numClasses } = attributes[index]!
        const data = results[name]!.data as Float32Array
        chosen.forEach((row, place) =>
          take(index, row, data.subarray(place * numClasses, (place + 1) * numClasses)),
        )
      })
    }
  } finally {
    await program.release()
  }
}

function standardizedRows(vectors: Float32Array, dimension: number): Float32Array {
  const rows = rowsWhere(vectors.length / dimension, () => true)
  const { mean: means, scale } = fitStandardizer(vectors, dimension, rows)
  return vectors.map((value, i) => (value - means[i % dimension]!) / scale[i % dimension]!)
}

function rowsWhere(count: number, wanted: (row: number) => boolean): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row).filter(wanted)
}

/** `[size, dimension]`, the chosen rows and then zeros. */
function takeRows(vectors: Float32Array, dimension: number, rows: Int32Array, size: number): Float32Array {
  const result = new Float32Array(size * dimension)
  rows.forEach((row, place) =>
    result.set(vectors.subarray(row * dimension, (row + 1) * dimension), place * dimension),
  )
  return result
}
