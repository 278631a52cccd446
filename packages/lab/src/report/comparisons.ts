import type { Interval } from '@veilrec/core'

import type { AuditResult, AuditRow } from '../audit/audit-result.js'
import { headlineEvidence, leakageOf, leaksOf, type Leak } from '../reading/leaks.js'
import type { JudgedRow } from '../reading/verdict-sentence.js'
import type { SeriesStyle } from './figures/palette.js'
import { baseStyle, seriesStyle } from './figures/palette.js'
import type { ReportedRun, ReportSource, StoredAudit } from './report-sources.js'

/** A row of an audit in a comparison. */
export interface ComparedRow extends JudgedRow {
  /** The audit it is from: its controls are the ones to read it by. */
  readonly audit: AuditResult
  /** Letter of the requirement, the same behind every veil; `*` without a veil, `+` beyond the letters. */
  readonly key: string
  /** The hidden attributes, or `(none)`. */
  readonly name: string
  readonly style: SeriesStyle
  /** Where the row lies in the picture of accuracy against leakage; null where no attack has a figure. */
  readonly leakage: { readonly auc: number; readonly interval: Interval } | null
  /** Whether every attack that the row is judged by has a figure; otherwise it may leak more than `leakage` says. */
  readonly isComplete: boolean
}

/**
 * Audits whose figures may stand in one table: of the same data, the same training of the same recommender, attacked in
 * the same way.
 */
export interface Comparison {
  /** Unique in the report; no more than letters, digits and `-`. */
  readonly id: string
  readonly model: string
  readonly dataset: AuditResult['dataset']
  /** Names of the runs, each once. */
  readonly names: readonly string[]
  readonly audits: readonly StoredAudit[]
  /** Those of the sources; an audit that came as a file has none. */
  readonly runs: readonly ReportedRun[]
  /** The recommender without a veil. */
  readonly base: ComparedRow
  /** Ids of the veils, in the order of the sources. */
  readonly veils: readonly string[]
  /** Rows behind a veil, by veil and requirement, the smaller first. */
  readonly veiled: readonly ComparedRow[]
  /** Attributes that were attacked. */
  readonly attributes: readonly string[]
  /** Requirements by letter. */
  readonly requirements: readonly { readonly key: string; readonly name: string }[]
  /** Rows that an earlier source had and that were therefore left out, such as `filters (gender)`. */
  readonly repeated: readonly string[]
}

const letters = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')

/**
 * The audits of the sources, those that can be compared together; everything else stands apart, as the difference of
 * two figures would not be the difference of two veils (evaluation.md, rules 4, 7 and 13).
 *
 * @param ids that are taken; those of the comparisons are added.
 */
export function comparisonsOf(sources: readonly ReportSource[], ids = new Set<string>()): Comparison[] {
  const groups = new Map<string, { source: ReportSource; stored: StoredAudit }[]>()
  for (const source of sources) {
    const { stored } = source
    if (stored === null) continue
    const key = protocolOf(stored.audit)
    groups.set(key, [...(groups.get(key) ?? []), { source, stored }])
  }
  return [...groups.values()].map((members) =>
    comparisonOf(
      freshId(members[0]!.stored.audit.run, ids),
      members.map(({ stored }) => stored),
      members.flatMap(({ source: { run } }) => (run === null ? [] : [run])),
    ),
  )
}

/** The name without what an id or a file name may not hold, and a number where that is taken. */
export function freshId(name: string, taken: Set<string>): string {
  const plain = name.replaceAll(/[^A-Za-z0-9-]+/g, '-')
  let id = plain
  for (let number = 2; taken.has(id); number++) id = `${plain}-${number}`
  taken.add(id)
  return id
}

/** Equal for audits that can be compared. */
function protocolOf(audit: AuditResult): string {
  const { dataset, model, configHash, trainingSeed, isQuick, attackSeeds, attackers, listLength } = audit
  const [base] = audit.rows
  // The same settings and seed on another machine may give another recommender.
  const ndcg = base?.accuracy.all['ndcg@10'].value.toFixed(5)
  const attributes = base?.attacks.map(({ attribute }) => attribute)
  return JSON.stringify([
    [dataset.hash, model, configHash, trainingSeed, ndcg],
    [isQuick, attackSeeds, attackers, listLength, audit.chanceMargin, attributes],
  ])
}

function comparisonOf(id: string, audits: readonly StoredAudit[], runs: readonly ReportedRun[]): Comparison {
  const { audit: first } = audits[0]!
  const requirements = requirementsOf(audits)
  const veils = [...new Set(audits.flatMap(({ audit }) => audit.rows.flatMap(({ veil }) => veil ?? [])))]
  const taken = new Set<string>()
  const repeated: string[] = []
  const veiled: ComparedRow[] = []
  for (const { audit } of audits) {
    for (const row of audit.rows.slice(1)) {
      const name = nameOf(row)
      const place = JSON.stringify([row.veil, name])
      if (taken.has(place)) repeated.push(`${row.veil} (${name})`)
      else {
        taken.add(place)
        const key = requirements.find((one) => one.name === name)!.key
        veiled.push(comparedRow(row, audit, { key, name, style: seriesStyle(veils.indexOf(row.veil ?? '')) }))
      }
    }
  }
  const order = (row: ComparedRow): number =>
    veils.indexOf(row.row.veil ?? '') * requirements.length +
    requirements.findIndex(({ name }) => name === row.name)
  return {
    id,
    model: first.model,
    dataset: first.dataset,
    names: [...new Set(audits.map(({ audit }) => audit.run))],
    audits,
    runs,
    base: comparedRow(first.rows[0]!, first, { key: '*', name: '(none)', style: baseStyle }),
    veils,
    veiled: veiled.toSorted((a, b) => order(a) - order(b)),
    attributes: first.rows[0]!.attacks.map(({ attribute }) => attribute),
    requirements,
    repeated,
  }
}

function requirementsOf(audits: readonly StoredAudit[]): Comparison['requirements'] {
  const bySize = audits
    .flatMap(({ audit }) => audit.rows.slice(1))
    .toSorted((a, b) => a.requirement.length - b.requirement.length || (nameOf(a) < nameOf(b) ? -1 : 1))
  const names = [...new Set(bySize.map(nameOf))]
  return names.map((name, i) => ({ key: letters[i] ?? '+', name }))
}

/** The hidden attributes as prose. */
function nameOf({ requirement }: Pick<AuditRow, 'requirement'>): string {
  return requirement.join(', ')
}

function comparedRow(
  row: AuditRow,
  audit: AuditResult,
  place: Pick<ComparedRow, 'key' | 'name' | 'style'>,
): ComparedRow {
  const leaks: readonly Leak[] = leaksOf(row, headlineEvidence(audit))
  const { auc, interval } = leakageOf(row, leaks)
  return {
    ...place,
    row,
    audit,
    leaks,
    leakage: auc === null || interval === null ? null : { auc, interval },
    isComplete: leaks.every(({ attacks }) => attacks.every(({ attack }) => attack.auc !== null)),
  }
}

/** NDCG@10 of all users. */
export function ndcgOf({ row }: Pick<ComparedRow, 'row'>): number {
  return row.accuracy.all['ndcg@10'].value
}

/** The base, then the rows behind veils. */
export function allRows({ base, veiled }: Pick<Comparison, 'base' | 'veiled'>): ComparedRow[] {
  return [base, ...veiled]
}

/** Something for each run of rows behind the same veil, the base's alone before them. */
export function byVeil<T>(
  rows: readonly ComparedRow[],
  each: (veil: string | null, rows: readonly ComparedRow[]) => T,
): T[] {
  const groups = new Map<string | null, ComparedRow[]>()
  for (const row of rows) groups.set(row.row.veil, [...(groups.get(row.row.veil) ?? []), row])
  return Array.from(groups, ([veil, members]) => each(veil, members))
}
