import type { AttackSource, Rng, SuiteFigures } from '@veilrec/core'

import type { ChosenJobCell } from './attack-jobs.js'
import type { AuditNull, JudgedAttack } from './audit-result.js'
import type { RowAttack } from './audit-rows.js'
import type { CellRunner } from './cell-runner.js'

/** What the permutation null of an audit needs besides its cells. */
export interface AuditNullOptions {
  readonly runner: CellRunner
  /** `[numUsers]`, index into `userGroups`. */
  readonly userGroup: Uint8Array
  /** Not advanced. */
  readonly rng: Rng
}

/** Jobs that {@link auditNull} asks the runner for. */
export const nullJobs = 2

/**
 * Is the worst cell worse than the worst of as many cells is by accident? (evaluation.md rule 8)
 *
 * All cells by one logistic regression with 200 shuffles, and with 20 the cells of the requirement that has the worst
 * one, by the attackers that made the table: of each training group the one that was best on validation.
 *
 * @param attacks on all rows; those on hidden attributes from vectors and unmasked lists are questioned, or all of the base
 * where it stands alone.
 */
export async function auditNull(
  attacks: readonly RowAttack[],
  { runner, userGroup, rng }: AuditNullOptions,
): Promise<AuditNull> {
  const hasVeils = attacks.some(({ subject }) => subject.veil !== null)
  const cells = attacks.filter(
    ({ subject: { requirement }, cell: { seen, attribute } }) =>
      seen !== 'servedList' && (!hasVeils || requirement.includes(attribute.name)),
  )
  const aucOf = ({ attack }: RowAttack): number => attack.auc ?? Number.NEGATIVE_INFINITY
  const [first] = cells
  const worst =
    first === undefined ? undefined : cells.reduce((a, b) => (aucOf(b) > aucOf(a) ? b : a), first).subject
  const [oneRegression, chosenAttacker] = await Promise.all([
    runner.make('permutation null, one regression', {
      kind: 'permutation-null',
      cells: cells.map((cell) => nullCell(cell, userGroup)),
      rng: rng.split('one regression').state(),
    }),
    runner.make('permutation null, chosen attackers', {
      kind: 'chosen-attacker-null',
      cells: cells
        .filter(({ subject }) => subject === worst)
        .flatMap((cell) =>
          chosenAttackers(cell.attack).map((chosen) => ({ ...nullCell(cell, userGroup), ...chosen })),
        ),
      rng: rng.split('chosen attackers').state(),
    }),
  ])
  return {
    cells: cells.length,
    oneRegression,
    chosenAttacker: { ...chosenAttacker, requirement: worst?.requirement ?? [] },
  }
}

function nullCell(
  { cell: { name, evidence, attribute }, attack }: RowAttack,
  userGroup: Uint8Array,
): Pick<ChosenJobCell, 'name' | 'evidence' | 'attribute' | 'userGroup' | 'auc'> {
  return { name, evidence, attribute, userGroup, auc: attack.auc }
}

/** The attacker of each training group with the best validation AUC, the first of equals, as the suite chose it. */
function chosenAttackers({
  attackers,
}: JudgedAttack): Pick<ChosenJobCell, 'attacker' | 'config' | 'trainedOn'>[] {
  const best = new Map<AttackSource, { readonly attacker: string; readonly figures: SuiteFigures }>()
  for (const [attacker, { byGroup }] of Object.entries(attackers)) {
    for (const [trainedOn, figures] of Object.entries(byGroup) as [AttackSource, SuiteFigures][]) {
      const known = best.get(trainedOn)
      if (known === undefined || figures.validationAuc > known.figures.validationAuc) {
        best.set(trainedOn, { attacker, figures })
      }
    }
  }
  return Array.from(best, ([trainedOn, { attacker, figures }]) => ({
    attacker,
    config: figures.config,
    trainedOn,
  }))
}
