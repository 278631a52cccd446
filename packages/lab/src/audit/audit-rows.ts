import type { BootstrapOptions, Dataset, Rng, UserAttribute } from '@veilrec/core'

import { auditAccuracy, auditGroups } from './audit-accuracy.js'
import type { RowCell } from './audit-cells.js'
import type { AuditedAttribute, AuditRow, JudgedAttack, WorstHidden } from './audit-result.js'
import type { AuditedSystem, Subject } from './audit-systems.js'

/** One attack on a row, made. */
export interface RowAttack {
  readonly subject: Subject
  readonly cell: RowCell
  readonly attack: JudgedAttack
}

/** The part of a row that no attacker is needed for. */
export type RowAccuracy = Pick<AuditRow, 'accuracy' | 'groups'>

/** Accuracy and groups of a row beside the base's; the base is measured against nobody. */
export function rowAccuracy(
  system: AuditedSystem,
  base: AuditedSystem,
  attributes: readonly UserAttribute[],
  dataset: Dataset,
  rng: Rng,
  options: BootstrapOptions,
): RowAccuracy {
  const { ndcg } = system
  const beside = system === base ? undefined : base.ndcg
  return {
    accuracy: auditAccuracy(dataset, ndcg, beside, rng.split('accuracy'), options),
    groups: attributes.map((attribute) => auditGroups(attribute, ndcg, beside, rng.split('groups'), options)),
  }
}

/** A row of the score card. */
export function auditRow(
  { requirement, veil }: Pick<Subject, 'requirement' | 'veil'>,
  attributes: readonly UserAttribute[],
  attacks: readonly Omit<RowAttack, 'subject'>[],
  accuracy: RowAccuracy,
): AuditRow {
  const attacked = attributes.flatMap(({ name }): AuditedAttribute[] => {
    const ofAttribute = attacks.filter(({ cell }) => cell.attribute.name === name)
    const from = (seen: RowCell['seen']): JudgedAttack | null =>
      ofAttribute.find(({ cell }) => cell.seen === seen)?.attack ?? null
    const vectors = from('vectors')
    if (vectors === null) return []
    const [unmaskedList, servedList] = [from('unmaskedList'), from('servedList')]
    return [{ attribute: name, hidden: requirement.includes(name), vectors, unmaskedList, servedList }]
  })
  return {
    requirement,
    veil: veil?.id ?? null,
    ...accuracy,
    attacks: attacked,
    worstHidden: worstHiddenOf(attacked),
  }
}

/** The highest AUC on a hidden attribute over vectors and unmasked list, the first of equals. */
function worstHiddenOf(attacked: readonly AuditedAttribute[]): WorstHidden | null {
  const found = attacked
    .filter(({ hidden }) => hidden)
    .flatMap((attribute) =>
      (['vectors', 'unmaskedList'] as const).flatMap((evidence): WorstHidden[] => {
        const { auc, interval, atChance } = attribute[evidence] ?? {
          auc: null,
          interval: null,
          atChance: null,
        }
        if (auc === null || interval === null || atChance === null) return []
        return [{ attribute: attribute.attribute, evidence, auc, interval, atChance }]
      }),
    )
  const [first] = found
  return first === undefined ? null : found.reduce((a, b) => (b.auc > a.auc ? b : a), first)
}
