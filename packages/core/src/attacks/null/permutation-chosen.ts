import type { AttackContext, AttackerKind } from '../attacker.js'
import { withPValue, worstReported, type NullCell, type PermutationNull } from './permutation-null.js'
import { shuffledLabelAucs } from '../suite/suite-shuffle.js'
import { checkEvidence, hasTwoClasses, labelledUsers } from '../suite/suite-users.js'
import type { Rng } from '../../random.js'
import type { AttackSource } from '../suite/suite-result.js'

/** A cell with the attacker that was reported for it. */
export interface ChosenCell extends NullCell {
  readonly kind: AttackerKind
  readonly config: unknown
  readonly trainedOn: AttackSource
}

/** Input of {@link chosenAttackerNull}. */
export interface ChosenNullInput {
  /** Of one requirement; a cell for each training group where the table takes the worse of the two. */
  readonly cells: readonly ChosenCell[]
  /** Default 20 (evaluation.md rule 8); kinds are trained on 4 at a time. */
  readonly shuffles?: number
  /** Not advanced. */
  readonly rng: Rng
  readonly context: AttackContext
}

const defaultShuffles = 20

/**
 * The chosen attackers of the worst requirement on shuffled labels: the check of {@link permutationNull} with the
 * attackers that made the table (evaluation.md rule 8).
 *
 * With 20 shuffles the smallest p-value is 1/21. Cells with fewer than two classes are passed over.
 *
 * @throws VeilrecError `INVALID_ARGUMENT`, `NOT_FINITE`, `ABORTED`.
 */
export async function chosenAttackerNull(
  input: ChosenNullInput,
): Promise<Pick<PermutationNull, 'shuffles' | 'maxima' | 'reported'>> {
  const { cells, shuffles = defaultShuffles, rng, context } = input
  const maxima = new Float64Array(shuffles).fill(Number.NEGATIVE_INFINITY)
  let measured = 0
  for (const { evidence, attribute, userGroup, kind, config, trainedOn } of cells) {
    checkEvidence(evidence, attribute, userGroup)
    const training = labelledUsers(attribute, userGroup, trainedOn)
    const validation = labelledUsers(attribute, userGroup, 'attackValidation')
    const test = labelledUsers(attribute, userGroup, 'attackTest')
    if (![training, validation, test].every(hasTwoClasses)) continue
    const numClasses = attribute.classes.length
    const task = { trainedOn, problem: { evidence, numClasses, training, validation }, test, context }
    const aucs = await shuffledLabelAucs(kind, config, task, shuffles, rng)
    for (const [i, auc] of aucs.entries()) maxima[i] = Math.max(maxima[i]!, auc)
    measured++
  }
  return {
    shuffles,
    maxima: measured === 0 ? [] : [...maxima.sort()],
    reported: measured === 0 ? null : withPValue(worstReported(cells), maxima),
  }
}
