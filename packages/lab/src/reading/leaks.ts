import type { LeakVerdict } from '../audit-vectors/vector-audit-result.js'
import type {
  AuditedAttribute,
  AuditedEvidence,
  AuditResult,
  AuditRow,
  JudgedAttack,
} from '../audit/audit-result.js'

/** What can make a headline; the list as served cannot. */
export type HeadlineEvidence = Exclude<AuditedEvidence, 'servedList'>

/**
 * What a row is judged by: vectors and unmasked list, vectors alone in a quick audit, which has the lists of the base
 * only. The list as served stands beside its floor instead (evaluation.md rule 6).
 */
export function headlineEvidence({ isQuick }: Pick<AuditResult, 'isQuick'>): readonly HeadlineEvidence[] {
  return isQuick ? ['vectors'] : ['vectors', 'unmaskedList']
}

/** An attack with what the attacker saw. */
export interface SeenAttack {
  readonly evidence: HeadlineEvidence
  readonly attack: JudgedAttack
}

/** What the headline's attacks together tell of one attribute. */
export interface Leak {
  readonly attribute: string
  readonly verdict: LeakVerdict
  /** All that were made. */
  readonly attacks: readonly SeenAttack[]
  /** The attack that the verdict rests on: of those with this verdict the one with the highest AUC or bound. */
  readonly decisive: SeenAttack
}

/**
 * One verdict over several attacks: the attribute can be told if it can from one of them; it is at chance if it is from
 * all, and not measured as soon as one has no figure.
 */
export function leakOf(attribute: AuditedAttribute, seen: readonly HeadlineEvidence[]): Leak {
  const attacks = seen.flatMap((evidence): SeenAttack[] => {
    const attack = attribute[evidence]
    return attack === null ? [] : [{ evidence, attack }]
  })
  const verdict = gravestFirst.find((one) => attacks.some(({ attack }) => verdictOf(attack) === one))!
  // Seeds widen intervals unequally, so the highest AUC need not have the highest bound.
  const weight = ({ attack }: SeenAttack): number =>
    (verdict === 'can-be-told' ? attack.auc : attack.interval?.upper) ?? 0
  const decisive = attacks
    .filter(({ attack }) => verdictOf(attack) === verdict)
    .reduce((worst, one) => (weight(one) > weight(worst) ? one : worst))
  return { attribute: attribute.attribute, verdict, attacks, decisive }
}

const gravestFirst = [
  'can-be-told',
  'not-measured',
  'undecided',
  'at-chance',
] as const satisfies LeakVerdict[]

/** As in an audit of vectors: the words are the same. */
function verdictOf({ auc, interval, atChance }: JudgedAttack): LeakVerdict {
  if (auc === null || interval === null || atChance === null) return 'not-measured'
  if (atChance) return 'at-chance'
  return interval.lower > 0.5 ? 'can-be-told' : 'undecided'
}

/** The attack with the highest AUC; null where none has a figure. */
export function highestAuc(leaks: readonly Leak[]): JudgedAttack | null {
  let highest: JudgedAttack | null = null
  for (const { attack } of leaks.flatMap(({ attacks }) => attacks)) {
    if (attack.auc !== null && attack.auc > (highest?.auc ?? -1)) highest = attack
  }
  return highest
}

/** What a row is judged by: of its hidden attributes, of all for the base. */
export function leaksOf(row: AuditRow, seen: readonly HeadlineEvidence[]): Leak[] {
  return row.attacks.filter(({ hidden }) => row.veil === null || hidden).map((attack) => leakOf(attack, seen))
}

/** AUC that the row is placed at: of the worst hidden attack, of the worst of all for the base; null without a figure. */
export function leakageOf(row: AuditRow, leaks: readonly Leak[]): Pick<JudgedAttack, 'auc' | 'interval'> {
  return (row.veil === null ? highestAuc(leaks) : row.worstHidden) ?? { auc: null, interval: null }
}
