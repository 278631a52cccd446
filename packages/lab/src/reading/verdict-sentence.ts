import { formatFixed, formatInterval } from '@veilrec/core'

import type { AuditRow } from '../audit/audit-result.js'
import type { Leak, SeenAttack } from './leaks.js'
import { attackerName } from './requirement-name.js'

/** A row of an audit, and what it is judged by. */
export interface JudgedRow {
  readonly row: AuditRow
  readonly leaks: readonly Leak[]
}

/**
 * One sentence for a row, without its full stop: what of the hidden attributes can still be told, without a veil of all.
 *
 * @param base the row without a veil, whose figures stand beside those of the others.
 * @param margin an upper bound below this counts as chance.
 */
export function verdictSentence(
  { row, leaks }: JudgedRow,
  base: JudgedRow | undefined,
  margin: number,
): string {
  const where = row.veil === null ? 'without a veil' : `behind ${row.requirement.join(', ')}`
  return `${where}: ${sentence(leaks, row.veil === null ? undefined : base, margin)}`
}

/** @param base the row to compare with; undefined for itself. */
function sentence(leaks: readonly Leak[], base: JudgedRow | undefined, margin: number): string {
  if (leaks.length === 0) return 'nothing that it hides was attacked'
  const withVerdict = (verdict: Leak['verdict']): Leak[] => leaks.filter((leak) => leak.verdict === verdict)
  const [worst, ...others] = withVerdict('can-be-told').sort((a, b) => aucOf(b) - aucOf(a))
  const parts = [
    ...(worst === undefined ? [] : [told(worst, others, base)]),
    ...withVerdict('undecided').map((leak) => undecided(leak)),
    ...atChance(withVerdict('at-chance'), margin),
    ...withVerdict('not-measured').map((leak) => notMeasured(leak)),
  ]
  return parts.join('; ')
}

function told(worst: Leak, others: readonly Leak[], base: JudgedRow | undefined): string {
  const { attribute, decisive } = worst
  const bare = base?.leaks
    .find((leak) => leak.attribute === attribute)
    ?.attacks.find(({ evidence }) => evidence === decisive.evidence)?.attack.auc
  const rest = others.map((leak) => `${leak.attribute} (${formatFixed(aucOf(leak), 3)})`)
  return (
    `${attribute} can ${base === undefined ? '' : 'still '}be told: ${figure(decisive)}` +
    (bare === undefined || bare === null ? '' : ` (${formatFixed(bare, 3)} without a veil)`) +
    (rest.length === 0 ? '' : `; so can ${rest.join(', ')}`)
  )
}

function undecided({ attribute, decisive }: Leak): string {
  return `${attribute} is undecided (${interval(decisive)})`
}

function atChance(leaks: readonly Leak[], margin: number): string[] {
  if (leaks.length === 0) return []
  const upper = Math.max(...leaks.map(({ decisive }) => decisive.attack.interval?.upper ?? 0))
  // Three digits would make 0.5497 the margin itself.
  const digits = Number(upper.toFixed(3)) < margin ? 3 : 4
  const names = leaks.map(({ attribute }) => attribute).join(', ')
  const bound = leaks.length === 1 ? 'upper bound' : 'highest upper bound'
  const seen = new Set(leaks.flatMap(({ attacks }) => attacks.map(({ evidence }) => evidence)))
  const only = seen.size > 1 ? '' : ', vectors only'
  return [
    `${names} ${leaks.length === 1 ? 'is' : 'are'} at chance (${bound} ${formatFixed(upper, digits)} < ${margin}${only})`,
  ]
}

function notMeasured({ attribute, decisive }: Leak): string {
  const { attack } = decisive
  return `${attribute} was not measured from ${seenAs(decisive)}: ${attack.reason ?? attack.state}`
}

function figure(decisive: SeenAttack): string {
  const { attacker } = decisive.attack
  return `AUC ${interval(decisive)} from ${seenAs(decisive)} by ${attackerName(attacker)}`
}

function interval({ attack }: SeenAttack): string {
  return formatInterval(attack.auc, attack.interval, 3)
}

function seenAs({ evidence }: SeenAttack): string {
  return evidence === 'vectors' ? 'vectors' : 'the list'
}

function aucOf({ decisive }: Leak): number {
  return decisive.attack.auc ?? 0
}
