import { formatFixed, formatInterval } from '@veilrec/core'

import type { Leak } from '../reading/leaks.js'
import type { ComparedRow, Comparison } from './comparisons.js'

/** What was found, in one sentence, and by veil where there are several. */
export interface Headline {
  readonly sentence: string
  /** One for each of several veils. */
  readonly veils: readonly string[]
}

/** What was found: the worst of all requirements of every veil, not the best, and what it costs. */
export function headline(comparison: Comparison): Headline {
  const { audits, base, veils, veiled } = comparison
  const quick = audits[0]!.audit.isQuick ? 'First look, not to be quoted: ' : ''
  const parts = veils.map((veil) => {
    const rows = veiled.filter(({ row }) => row.veil === veil)
    return `behind ${veil} ${veilPart(rows, base)}`
  })
  if (parts.length < 2)
    return { sentence: asSentence(quick, [basePart(base), ...parts].join('; ')), veils: [] }
  return {
    sentence: asSentence(quick, `${basePart(base)}; ${summary(comparison)}`),
    veils: parts.map((part) => asSentence('', part)),
  }
}

function asSentence(prefix: string, text: string): string {
  return prefix === '' ? `${text.charAt(0).toUpperCase()}${text.slice(1)}.` : `${prefix}${text}.`
}

/** How many of several veils leave something to be told. */
function summary({ veils, veiled }: Comparison): string {
  const leaky = veils.filter((veil) =>
    veiled.some(
      ({ row, leaks }) => row.veil === veil && leaks.some(({ verdict }) => verdict === 'can-be-told'),
    ),
  )
  if (leaky.length === 0)
    return `nothing that is hidden was told beyond doubt behind any of ${veils.length} veils`
  const where =
    leaky.length === veils.length
      ? `each of ${veils.length} veils`
      : `${leaky.length} of ${veils.length} veils`
  return `behind ${where} something that is hidden can still be told`
}

function basePart({ leaks }: ComparedRow): string {
  const worst = highest(leaks.filter(({ verdict }) => verdict === 'can-be-told'))
  if (worst === undefined)
    return 'without a veil these attackers tell nothing, so that a veil has nothing to hide'
  return `without a veil an attacker tells ${worst.attribute} with AUC ${figure(worst)} (0.5 is guessing)`
}

function veilPart(rows: readonly ComparedRow[], base: ComparedRow): string {
  const leaks = rows.flatMap((row) => row.leaks.map((leak) => ({ row, leak })))
  const of = (verdict: Leak['verdict']): typeof leaks => leaks.filter(({ leak }) => leak.verdict === verdict)
  const worst = of('can-be-told').toSorted((a, b) => aucOf(b.leak) - aucOf(a.leak))[0]
  const undecided = of('undecided').length
  const unmeasured = of('not-measured').length
  const rest = [
    ...(undecided === 0 ? [] : [`${undecided} of ${leaks.length} hidden attributes are undecided`]),
    ...(unmeasured === 0 ? [] : [`${unmeasured} of ${leaks.length} have an attack without a figure`]),
  ]
  return [found(worst, leaks, base, rows.length), cost(rows), ...rest].join(', ')
}

function found(
  worst: { readonly row: ComparedRow; readonly leak: Leak } | undefined,
  all: readonly { readonly leak: Leak }[],
  base: ComparedRow,
  requirements: number,
): string {
  if (worst === undefined) {
    const upper = Math.max(...all.map(({ leak }) => leak.decisive.attack.interval?.upper ?? 0))
    return all.every(({ leak }) => leak.verdict === 'at-chance')
      ? `nothing that is hidden can be told (highest upper bound ${formatFixed(upper, 3)})`
      : 'nothing that is hidden was told beyond doubt'
  }
  const { leak, row } = worst
  const bare = base.leaks
    .find(({ attribute }) => attribute === leak.attribute)
    ?.attacks.find(({ evidence }) => evidence === leak.decisive.evidence)?.attack.auc
  const seen = leak.decisive.evidence === 'vectors' ? 'vectors' : 'the list'
  return (
    `${leak.attribute} can still be told with AUC ${figure(leak)} from ${seen}` +
    (bare === undefined || bare === null ? '' : ` (${formatFixed(bare, 3)} without)`) +
    (requirements === 1 ? '' : ` in the worst of ${requirements} requirements, hiding ${row.name}`)
  )
}

/** What NDCG@10 changes by, over the requirements. */
function cost(rows: readonly ComparedRow[]): string {
  const changes = rows.flatMap(({ row, audit }) => {
    const bare = audit.rows[0]!.accuracy.all['ndcg@10'].value
    const { change } = row.accuracy.all
    return change === null || bare <= 0 ? [] : [(100 * change.value) / bare]
  })
  if (changes.length === 0) return 'at an unknown cost of NDCG@10'
  const [least, most] = [Math.min(...changes), Math.max(...changes)]
  if (most < 0) {
    const costs = least === most ? percent(-most) : `${percent(-most)} to ${percent(-least)}`
    return `at a cost of ${costs} % of NDCG@10`
  }
  return least === most
    ? `with NDCG@10 ${percent(most)} % higher`
    : `with NDCG@10 changed by ${percent(least)} % to ${percent(most)} %`
}

function percent(value: number): string {
  return formatFixed(value, Math.abs(value) < 9.95 ? 1 : 0)
}

function highest(leaks: readonly Leak[]): Leak | undefined {
  return leaks.toSorted((a, b) => aucOf(b) - aucOf(a))[0]
}

function aucOf({ decisive }: Leak): number {
  return decisive.attack.auc ?? 0
}

function figure({ decisive: { attack } }: Leak): string {
  return formatInterval(attack.auc, attack.interval, 3)
}
