import type { Histories } from '../../dataset.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import { normal } from '../../graph/initializers.js'
import type { AttackerKind, AttackProblem } from '../attacker.js'
import type { BatchedFeatures } from './batched-features.js'
import type { NeuralConfig } from './neural-config.js'
import { trainNetworks } from './batched-training.js'
import { tableWidth } from './training-kernel.js'
import { bytesOf } from './training-memory.js'

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
      inputs: tableWidth,
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
    width: tableWidth,
    table: { rows: tableRows, initializer: normal(initialDeviation) },
    bytes: bytesOf(rows.length) + bytesOf(stagedUsers * tableWidth),
    place(memory) {
      const { kernel } = memory
      const placed = memory.integers(rows)
      const staged = memory.floats(stagedUsers * tableWidth)
      /** Goes over the lists that hold something, a few at a time. */
      const each = (users: Int32Array, visit: (list: Int32Array, at: number) => void, from: number): void => {
        for (let i = from; i < Math.min(users.length, from + stagedUsers); i++) {
          const list = placed.subarray(offsets[users[i]!], offsets[users[i]! + 1])
          if (list.length > 0) visit(list, (i - from) * tableWidth)
        }
      }
      return {
        write(users, target, table) {
          for (let from = 0; from < users.length; from += stagedUsers) {
            staged.fill(0)
            each(users, (list, at) => kernel.meanOfRows(list, table, list.length, staged, at), from)
            const left = target.subarray(from * tableWidth)
            left.set(staged.subarray(0, left.length))
          }
        },
        accumulate(users, gradient, tableGradient) {
          for (let from = 0; from < users.length; from += stagedUsers) {
            staged.set(gradient.subarray(from * tableWidth, (from + stagedUsers) * tableWidth))
            each(users, (list, at) => kernel.addToRows(list, tableGradient, list.length, staged, at), from)
          }
        },
      }
    },
  }
}

/** Users whose rows are written together. */
const stagedUsers = 256

/** Everybody's lists as rows, by their place in bytes, of a table of the items that at least two training lists hold. */
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
      if (row >= 0) rows[kept++] = 4 * tableWidth * row
    }
    offsets[user + 1] = kept
  }
  // Where nothing can be learned, a row remains that nobody names.
  return { offsets, rows: rows.slice(0, kept), tableRows: Math.max(1, tableRows) }
}
