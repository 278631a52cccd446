import type { UserAttribute } from '../../dataset.js'
import { VeilrecError } from '../../errors/veilrec-error.js'
import type { Rng } from '../../random.js'
import type { Evidence, LabelledUsers } from '../attacker.js'
import { oneStepAuc, oneStepDesign } from './permutation-one-step.js'
import { checkEvidence, hasTwoClasses, labelledUsers } from '../suite/suite-users.js'
import { pause } from '../suite/suite-pause.js'
import { shuffleGroup, shuffleStream } from '../suite/suite-shuffle.js'
import type { AttackSource } from '../suite/suite-result.js'

/** One cell of a table of attacks. */
export interface NullCell {
  /** As it is named in the result, such as `gender/gender/vectors`. */
  readonly name: string
  readonly evidence: Evidence
  readonly attribute: UserAttribute
  /** `[numUsers]`, index into `userGroups`. */
  readonly userGroup: Uint8Array
  /** The AUC that the table reports for it; null where it reports none. */
  readonly auc: number | null
}

/** Input of {@link permutationNull}. */
export interface PermutationNullInput {
  readonly cells: readonly NullCell[]
  /** Default 200 (evaluation.md rule 8). */
  readonly shuffles?: number
  /** Not advanced. */
  readonly rng: Rng
  readonly signal?: AbortSignal
}

/** A cell beside what the largest cell of the whole table is under shuffled labels. */
export interface WorstCell {
  readonly name: string
  readonly auc: number
  /** `(1 + shuffles with a maximum at least this large) / (1 + shuffles)`. */
  readonly pValue: number
}

/** Distribution of the largest AUC of a table if no cell told anything. */
export interface PermutationNull {
  readonly shuffles: number
  /** Largest AUC over all cells per shuffle, ascending. */
  readonly maxima: readonly number[]
  /** The worst reported cell; null when the table reports none. */
  readonly reported: WorstCell | null
  /** The worst cell by the very regression that was shuffled: the exact test. Null without cells. */
  readonly sameAttacker: WorstCell | null
}

/** What {@link permutationNull} needs of a cell and training group, one at a time. */
interface CellTask {
  readonly source: AttackSource
  readonly training: LabelledUsers
  readonly test: LabelledUsers
  readonly numClasses: number
}

const defaultShuffles = 200
const attackSources: readonly AttackSource[] = ['defence', 'attackTrain']

/**
 * Is the worst cell of a table worse than the worst of as many cells would be by accident? (evaluation.md rule 8)
 *
 * The labels of training and of test users are shuffled within their groups, users alike in all cells, so that cells
 * depend on each other under the null as they do in truth. All shuffles of a cell are outputs of one logistic
 * regression on one design matrix: one Newton step from the class shares, penalty 0.01, which is where the solution
 * lies when labels tell nothing ({@link oneStepAuc}); lists enter as 256 random signed sums of their items, vectors of
 * more than 256 dimensions as 256 of these. As in the table, the higher AUC of the two training groups counts.
 *
 * `sameAttacker` is an exact test. `reported` compares the table's own attackers with the same maxima; it holds as far
 * as the sampling error of an AUC does not depend on the attacker, see {@link chosenAttackerNull} for the check.
 *
 * Cells with fewer than two classes among test or training users are passed over. Cost per cell, group and shuffle:
 * O(users * dimension * classes).
 *
 * @throws VeilrecError `INVALID_ARGUMENT` when sizes do not fit or `shuffles` is not positive; `NOT_FINITE`; `ABORTED`.
 */
export async function permutationNull(input: PermutationNullInput): Promise<PermutationNull> {
  const { cells, shuffles = defaultShuffles, rng, signal } = input
  if (!Number.isInteger(shuffles) || shuffles < 1) {
    throw new VeilrecError('INVALID_ARGUMENT', `shuffles must be a positive whole number, got ${shuffles}`, {
      shuffles,
    })
  }
  const maxima = new Float64Array(shuffles).fill(Number.NEGATIVE_INFINITY)
  let worst: { name: string; auc: number } | undefined
  for (const cell of cells) {
    checkEvidence(cell.evidence, cell.attribute, cell.userGroup)
    for (const task of tasksOf(cell)) {
      await pause(signal)
      const design = oneStepDesign(
        cell.evidence,
        task.training.users,
        task.test.users,
        rng.split('projection'),
      )
      const auc = oneStepAuc(design, task.training.labels, task.test.labels, task.numClasses)
      if (worst === undefined || auc > worst.auc) worst = { name: cell.name, auc }
      for (let shuffle = 0; shuffle < shuffles; shuffle++) {
        if (shuffle % 10 === 9) await pause(signal)
        const stream = shuffleStream(rng, shuffle)
        const training = shuffleGroup(task.training, task.source, stream)
        const test = shuffleGroup(task.test, 'attackTest', stream)
        const chance = oneStepAuc(design, training, test, task.numClasses)
        maxima[shuffle] = Math.max(maxima[shuffle]!, chance)
      }
    }
  }
  return {
    shuffles,
    maxima: worst === undefined ? [] : [...maxima.sort()],
    reported: worst === undefined ? null : withPValue(worstReported(cells), maxima),
    sameAttacker: withPValue(worst, maxima),
  }
}

/** A cell with its p-value among the maxima of shuffled tables; null without a cell. */
export function withPValue(
  cell: { readonly name: string; readonly auc: number } | undefined,
  maxima: Float64Array,
): WorstCell | null {
  if (cell === undefined) return null
  const asLarge = maxima.reduce((count, maximum) => count + (maximum >= cell.auc ? 1 : 0), 0)
  return { ...cell, pValue: (1 + asLarge) / (1 + maxima.length) }
}

/** The cell with the highest reported AUC, the first of equals. */
export function worstReported(
  cells: readonly { readonly name: string; readonly auc: number | null }[],
): { name: string; auc: number } | undefined {
  let worst: { name: string; auc: number } | undefined
  for (const { name, auc } of cells) {
    if (auc !== null && (worst === undefined || auc > worst.auc)) worst = { name, auc }
  }
  return worst
}

function tasksOf({ attribute, userGroup }: NullCell): CellTask[] {
  const test = labelledUsers(attribute, userGroup, 'attackTest')
  if (!hasTwoClasses(test)) return []
  return attackSources.flatMap((source) => {
    const training = labelledUsers(attribute, userGroup, source)
    return hasTwoClasses(training) ? [{ source, training, test, numClasses: attribute.classes.length }] : []
  })
}
