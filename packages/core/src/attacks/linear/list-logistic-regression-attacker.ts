import { VeilrecError } from '../../errors/veilrec-error.js'
import type { AttackerKind, AttackProblem, Evidence } from '../attacker.js'
import type { SparseRows } from './sparse-logistic-objective.js'
import {
  fitSparseLogisticRegression,
  predictSparseProbabilities,
  type SparseLogisticRegression,
} from './sparse-logistic-regression.js'
import { pause } from '../suite/suite-pause.js'

/** Settings of {@link listLogisticRegressionAttacker}. */
export interface ListLogisticRegressionConfig {
  /** Strength of the L2 penalty on the mean loss, above 0. */
  readonly l2: number
}

/** Moves an AUC by less than 0.0005 on lists and histories of ml-1m; a tenth of it takes twice the steps. */
const gradientTolerance = 1e-4

/**
 * Logistic regression on which items a list holds (evaluation.md rule 7), multinomial for more than two classes.
 *
 * A user's row has `sqrt(mean length / length)` at each item of the list and 0 elsewhere, the mean over training users:
 * rows of equal length, with lists of equal length all ones. It serves recommended lists and whole histories alike (the
 * item histogram of rule 9), as its work grows with the entries, not with the catalogue. Items that no training user
 * has tell nothing and are left out; an empty list is predicted from the intercepts.
 *
 * Deterministic; a fit starts where the one before it in the same call ended when both have the same labels.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for vectors, or for training labels of fewer than two classes; `ABORTED`.
 */
export const listLogisticRegressionAttacker: AttackerKind<ListLogisticRegressionConfig> = {
  name: 'list-logistic-regression',
  evidence: 'lists',
  isRandom: false,
  // From strong to weak, so that each fit starts close to its end.
  configurations: [0.3, 0.1, 0.03, 0.01, 0.003].map((l2) => ({ l2 })),
  async fit(problem, fits, { signal }) {
    const { training, rowsOf } = designOf(problem)
    const models: SparseLogisticRegression[] = []
    for (const [i, { config, labels }] of fits.entries()) {
      await pause(signal)
      const before = fits[i - 1]?.labels === labels ? models[i - 1] : undefined
      const options = {
        numClasses: problem.numClasses,
        l2: config.l2,
        gradientTolerance,
        ...(before === undefined ? {} : { warmStart: before }),
      }
      models.push(fitSparseLogisticRegression(training, labels ?? problem.training.labels, options))
    }
    return models.map((model) => ({
      predict: (users) => Promise.resolve(predictSparseProbabilities(model, rowsOf(users))),
    }))
  },
}

interface Design {
  readonly training: SparseRows
  readonly rowsOf: (users: Int32Array) => SparseRows
}

/** Fits on the same problem share its rows, also from one call to the next. */
const designs = new WeakMap<AttackProblem, Design>()

function designOf(problem: AttackProblem): Design {
  const known = designs.get(problem)
  if (known !== undefined) return known
  const { evidence, training } = problem
  if (evidence.kind !== 'lists') {
    throw new VeilrecError('INVALID_ARGUMENT', 'list-logistic-regression attacks lists, not vectors')
  }
  const { offsets, items } = evidence.lists
  const columnOf = new Int32Array(evidence.numItems + 1).fill(-1)
  let numColumns = 0
  let entries = 0
  for (const user of training.users) {
    for (let i = offsets[user]!; i < offsets[user + 1]!; i++, entries++) {
      const item = items[i]!
      if (columnOf[item] === -1) columnOf[item] = numColumns++
    }
  }
  const meanLength = entries / training.users.length
  const rowsOf = (users: Int32Array): SparseRows =>
    sparseRows(evidence, users, columnOf, numColumns, meanLength)
  const design = { training: rowsOf(training.users), rowsOf }
  designs.set(problem, design)
  return design
}

function sparseRows(
  { lists }: Extract<Evidence, { kind: 'lists' }>,
  users: Int32Array,
  columnOf: Int32Array,
  numColumns: number,
  meanLength: number,
): SparseRows {
  const offsets = new Int32Array(users.length + 1)
  const values = new Float64Array(users.length)
  const columns: number[] = []
  for (const [row, user] of users.entries()) {
    const start = lists.offsets[user]!
    const end = lists.offsets[user + 1]!
    for (let i = start; i < end; i++) {
      const column = columnOf[lists.items[i]!]!
      if (column >= 0) columns.push(column)
    }
    offsets[row + 1] = columns.length
    values[row] = Math.sqrt(meanLength / Math.max(1, end - start))
  }
  return { offsets, columns: Int32Array.from(columns), numColumns, values }
}
