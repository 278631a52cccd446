import type { AttackState, Interval } from '@veilrec/core'

import type { AuditResult, AuditRow } from '../audit/audit-result.js'
import { leakageOf } from './leaks.js'
import type { JudgedRow } from './verdict-sentence.js'

/** A figure beside what it is read against. */
export interface FigureBeside {
  readonly attribute: string
  readonly value: number
  readonly reference: number
}

/** One row of the score card of evaluation.md, before it is text; null is what was not measured or does not apply. */
export interface ScoreCardFigures {
  readonly ndcg: number
  /** Change of NDCG@10 against the base in percent of the base, 95 % paired bootstrap; null for the base. */
  readonly change: { readonly value: number; readonly interval: Interval } | null
  /** The worst attack on what is hidden, on anything for the base. */
  readonly worst: ReturnType<typeof leakageOf>
  /** AUC from the list as served beside its floor, of the hidden attribute that is the most above it. */
  readonly served: FigureBeside | null
  /** AUC from vectors beside the base's, of the attribute that lost most without being hidden. */
  readonly kept: FigureBeside | null
  /** The largest group gap beside the 95 % that equal groups would stay below. */
  readonly gap: FigureBeside | null
  /** The gravest state among the attacks that the row is judged by, how many are in it, and of how many. */
  readonly probe: { readonly state: AttackState; readonly count: number; readonly of: number } | null
}

/**
 * The figures of one row of the score card.
 *
 * @param base the row without a veil.
 */
export function scoreCardFigures(
  { row, leaks }: JudgedRow,
  base: AuditRow | undefined,
  { controls }: Pick<AuditResult, 'controls'>,
): ScoreCardFigures {
  const judged = new Set(leaks.map(({ attribute }) => attribute))
  const floors = new Map(controls.popularityFloor.map(({ attribute, auc }) => [attribute, auc]))
  const bare = new Map(base?.attacks.map(({ attribute, vectors }) => [attribute, vectors.auc]))
  const served = row.attacks
    .filter(({ attribute }) => judged.has(attribute))
    .flatMap(({ attribute, servedList }) => beside(attribute, servedList?.auc, floors.get(attribute)))
  const kept = row.attacks
    .filter(({ hidden }) => row.veil !== null && !hidden)
    .flatMap(({ attribute, vectors }) => beside(attribute, vectors.auc, bare.get(attribute)))
  const gaps = row.groups.flatMap(({ attribute, gap }) => beside(attribute, gap.value, gap.noiseFloor?.upper))
  const states = leaks.flatMap(({ attacks }) => attacks.map(({ attack }) => attack.state))
  const state = gravestFirst.find((one) => states.includes(one))
  return {
    ndcg: row.accuracy.all['ndcg@10'].value,
    change: relativeChange(row, base),
    worst: leakageOf(row, leaks),
    served: largest(served, ({ value, reference }) => value - reference),
    kept: largest(kept, ({ value, reference }) => reference - value),
    gap: largest(gaps, ({ value }) => value),
    probe:
      state === undefined
        ? null
        : { state, count: states.filter((one) => one === state).length, of: states.length },
  }
}

/** The attributes by which the row serves groups more unequally than equal groups would be by chance, 95 % of the time. */
export function unequalAttributes({ groups }: Pick<AuditRow, 'groups'>): string[] {
  return groups.flatMap(({ attribute, gap }) =>
    gap.value !== null && gap.value > gap.noiseFloor.upper ? [attribute] : [],
  )
}

const gravestFirst = ['dead', 'undefined', 'majority-only', 'measured'] as const satisfies AttackState[]

function relativeChange({ accuracy }: AuditRow, base: AuditRow | undefined): ScoreCardFigures['change'] {
  const bare = base?.accuracy.all['ndcg@10'].value ?? 0
  const { change } = accuracy.all
  if (change === null || bare <= 0) return null
  const percent = (value: number): number => (100 * value) / bare
  const { lower, upper } = change.interval
  return { value: percent(change.value), interval: { lower: percent(lower), upper: percent(upper) } }
}

/** The pair where both figures are there. */
function beside(
  attribute: string,
  value: number | null | undefined,
  reference: number | null | undefined,
): FigureBeside[] {
  if (value === null || value === undefined || reference === null || reference === undefined) return []
  return [{ attribute, value, reference }]
}

/** The first of equals; null of none. */
function largest(pairs: readonly FigureBeside[], size: (pair: FigureBeside) => number): FigureBeside | null {
  return pairs.reduce<FigureBeside | null>((a, b) => (a === null || size(b) > size(a) ? b : a), null)
}
