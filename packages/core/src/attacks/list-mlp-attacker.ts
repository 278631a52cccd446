import type { Histories } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { normal } from '../graph/initializers.js'
import type { AttackerKind, AttackProblem } from './attacker.js'
import type { BatchedFeatures } from './batched-features.js'
import type { NeuralConfig } from './batched-fit.js'
import { trainNetworks } from './batched-training.js'

const embeddingWidth = 32
const hiddenWidth = 64
const patience = 10

/**
 * An embedding-bag perceptron on lists (evaluation.md rule 7): the mean of the trained vectors of a list's items
 * (width 32), a hidden layer of 64 with ReLU and dropout 0.2, softmax.
 *
 * Items in fewer than two training lists have no vector and are passed over: nothing can be learned of them. The order
 * within a list is not seen. An empty list is the zero vector. Training and early stopping are {@link trainNetworks}'.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` on other evidence.
 */
export const listMlpAttacker: AttackerKind<NeuralConfig> = {
  name: 'list-mlp',
  evidence: 'lists',
  isRandom: true,
  configurations: [
    { learningRate: 3e-3, weightDecay: 1e-4 },
    { learningRate: 3e-3, weightDecay: 1e-3 },
    { learningRate: 1e-2, weightDecay: 1e-4 },
  ],
  async fit(problem, fits, context) {
    const shape = {
      inputs: embeddingWidth,
      trainedInputs: true,
      hidden: [hiddenWidth],
      numClasses: problem.numClasses,
      layerNorm: false,
      dropout: 0.2,
    }
    return trainNetworks(problem, fits, bagOfItems(problem), shape, patience, context)
  },
}

/** Small against what training moves, so that the bag tells what was learned and not what was drawn. */
const initialDeviation = 0.1

/** The lists with items as rows of the trained table. */
function bagOfItems({ evidence, training }: AttackProblem): BatchedFeatures {
  if (evidence.kind !== 'lists') {
    throw new VeilrecError('INVALID_ARGUMENT', `list-mlp attacks lists, not ${evidence.kind}`, {
      evidence: evidence.kind,
    })
  }
  const { offsets, rows, tableRows } = learnableItems(evidence.lists, evidence.numItems, training.users)
  return {
    width: embeddingWidth,
    table: {
      rows: tableRows,
      initializer: normal(initialDeviation),
      accumulate(users, gradient, tableGradient) {
        for (const [index, user] of users.entries()) {
          const end = offsets[user + 1]!
          const share = gradient.slice(index * embeddingWidth, (index + 1) * embeddingWidth)
          for (let j = 0; j < embeddingWidth; j++) share[j]! /= end - offsets[user]!
          for (let i = offsets[user]!; i < end; i++)
            addRow(tableGradient, rows[i]! * embeddingWidth, share, 0)
        }
      },
    },
    write(users, target, values) {
      target.fill(0)
      for (const [index, user] of users.entries()) {
        const at = index * embeddingWidth
        const start = offsets[user]!
        const end = offsets[user + 1]!
        for (let i = start; i < end; i++) addRow(target, at, values, rows[i]! * embeddingWidth)
        for (let j = at; j < at + embeddingWidth; j++) target[j]! /= Math.max(1, end - start)
      }
    },
  }
}

/** Everybody's lists as rows of a table of the items that at least two training lists hold; the rest is left out. */
function learnableItems(
  lists: Histories,
  numItems: number,
  users: Int32Array,
): { readonly offsets: Int32Array; readonly rows: Int32Array; readonly tableRows: number } {
  const count = new Int32Array(numItems + 1)
  for (const user of users) {
    for (let i = lists.offsets[user]!; i < lists.offsets[user + 1]!; i++) count[lists.items[i]!]!++
  }
  let tableRows = 0
  const rowOf = count.map((times) => (times >= 2 ? tableRows++ : -1))
  const offsets = new Int32Array(lists.offsets.length)
  const rows = new Int32Array(lists.items.length)
  let kept = 0
  for (let user = 0; user + 1 < offsets.length; user++) {
    for (let i = lists.offsets[user]!; i < lists.offsets[user + 1]!; i++) {
      const row = rowOf[lists.items[i]!]!
      if (row >= 0) rows[kept++] = row
    }
    offsets[user + 1] = kept
  }
  // Where nothing can be learned, a row remains that nobody names.
  return { offsets, rows, tableRows: Math.max(1, tableRows) }
}

/** `target[to ..] += source[from ..]` over one row; four at a time, because most of the training time is spent here. */
function addRow(target: Float32Array, to: number, source: Float32Array, from: number): void {
  for (let j = 0; j < embeddingWidth; j += 4) {
    target[to + j] = target[to + j]! + source[from + j]!
    target[to + j + 1] = target[to + j + 1]! + source[from + j + 1]!
    target[to + j + 2] = target[to + j + 2]! + source[from + j + 2]!
    target[to + j + 3] = target[to + j + 3]! + source[from + j + 3]!
  }
}
