import type { AuditRow } from '../audit/audit-result.js'

/** `(none)`, or the hidden attributes separated by commas. */
export function requirementName({ requirement }: Pick<AuditRow, 'requirement'>): string {
  return requirement.length === 0 ? '(none)' : requirement.join(',')
}

/** `attacker` as it is shown beside what it sees: those of lists without their prefix. */
export function attackerName(attacker: string | null): string {
  return attacker === null ? '-' : attacker.replace(/^list-/, '')
}
