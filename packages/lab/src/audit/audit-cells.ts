import type { Dataset, Evidence, Histories, UserAttribute } from '@veilrec/core'

import type { AuditedEvidence } from './audit-result.js'
import type { AuditedSystem, Subject } from './audit-systems.js'

/** One attack of the audit. */
export interface AttackCell {
  /** As it is named in results and messages: row, attribute and what is seen. */
  readonly name: string
  readonly attribute: UserAttribute
  /** Cells of one stream draw alike, so that rows can be compared. */
  readonly stream: string
  readonly evidence: Evidence
}

/** One attack on a row. */
export interface RowCell extends AttackCell {
  readonly seen: AuditedEvidence
}

/**
 * From what an attribute is attacked in a row. A full audit attacks everything; a quick one vectors and unmasked lists of
 * the base, and behind a veil the vectors for what is hidden. (Lists follow from the vector, so what the vector does not
 * tell they do not either, to an attacker who is good enough; a list as served says little without its floor, which costs
 * as much again.)
 */
export function evidenceOf(
  { veil, requirement }: Pick<Subject, 'veil' | 'requirement'>,
  attribute: string,
  isQuick: boolean,
): readonly AuditedEvidence[] {
  if (!isQuick) return ['vectors', 'unmaskedList', 'servedList']
  if (veil === null) return ['vectors', 'unmaskedList']
  return requirement.includes(attribute) ? ['vectors'] : []
}

/** The attacks on one row: every attribute, from everything that it is attacked from. */
export function cellsOf(
  system: AuditedSystem,
  attributes: readonly UserAttribute[],
  { numItems, numUsers }: Pick<Dataset, 'numItems' | 'numUsers'>,
  isQuick: boolean,
): RowCell[] {
  const { vectors, unmaskedLists, servedLists, name } = system
  const seen: Readonly<Record<AuditedEvidence, Evidence>> = {
    vectors: { kind: 'vectors', values: vectors, dimension: vectors.length / numUsers },
    unmaskedList: { kind: 'lists', lists: unmaskedLists, numItems },
    servedList: { kind: 'lists', lists: servedLists, numItems },
  }
  return attributes.flatMap((attribute) =>
    evidenceOf(system, attribute.name, isQuick).map((evidence) => ({
      name: `${name}/${attribute.name}/${evidence}`,
      attribute,
      stream: `${attribute.name}/${evidence}`,
      evidence: seen[evidence],
      seen: evidence,
    })),
  )
}

/** The attack on lists that no recommender of this run has made. */
export function controlCell(
  control: string,
  attribute: UserAttribute,
  lists: Histories,
  numItems: number,
): AttackCell {
  const name = `${control}/${attribute.name}`
  return { name, attribute, stream: name, evidence: { kind: 'lists', lists, numItems } }
}

/**
 * About how long an attack takes, against others. The list perceptron looks up each item where the one on vectors has a
 * matrix product.
 */
export function costOf({ evidence, attribute }: AttackCell): number {
  const numbers = evidence.kind === 'lists' ? 8 * evidence.lists.items.length : evidence.values.length
  return numbers * attribute.classes.length
}
