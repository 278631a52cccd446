import { requirementKey, type Requirement } from '@veilrec/core'

import { differenceOf, figureOf, isAccuracy, measuredUnder, type BySeed } from './figures-of-cells.js'
import type { MeasuredRequirement } from './measured-cell.js'
import type { Claim, ClaimTest, PaperMetric, PaperRow, PaperTable } from './paper-table.js'
import type { JudgedClaim } from './reproduction-result.js'
import {
  allOf,
  atLeast,
  atMost,
  attackerStrength,
  beyond,
  unlessWeak,
  type AttackerStrength,
  type Tested,
  type Verdict,
} from './verdict.js'

/** What was measured of each row by the paper's protocol, one entry per seed; rows without any are missing or have a reason. */
export interface MeasuredTable {
  readonly table: PaperTable
  readonly seeds: ReadonlyMap<string, readonly (readonly MeasuredRequirement[])[]>
  /** Why a row has no figures. */
  readonly missing: ReadonlyMap<string, string>
}

/** The verdict on every claim of a table. */
export function judgeClaims(measured: MeasuredTable): JudgedClaim[] {
  return measured.table.claims.map((claim) => judge(measured, claim))
}

function judge(measured: MeasuredTable, { id, text, source, tests }: Claim): JudgedClaim {
  const judged = tests.flatMap((test) =>
    (test.requirements ?? requirementsOf(measured.table, test.row)).map((requirement) => {
      const tested = testedOf(measured, test, requirement)
      const found = 'notRun' in tested ? { value: null, interval: null } : tested
      const verdict = verdictOn(measured, test, requirement, tested)
      return { row: test.row, what: describe(test), requirement, verdict, ...found }
    }),
  )
  return { id, text, source, verdict: allOf(judged.map((one) => one.verdict)), tests: judged }
}

/** What is compared with the bar of a test, or with 0. */
function testedOf(measured: MeasuredTable, test: ClaimTest, requirement: Requirement): Tested {
  const a = under(measured, test.row, requirement)
  if ('notRun' in a) return a
  if (test.kind === 'atMost' || test.kind === 'atLeast') {
    const figure = figureOf(a.bySeed, requirement, test.metric)
    return figure ?? { notRun: `${test.row} has no ${test.metric}` }
  }
  const other = otherRow(test)!
  const b = under(measured, other, requirement)
  if ('notRun' in b) return b
  const share = test.kind === 'keeps' ? test.share : 1
  const difference = differenceOf(a.bySeed, b.bySeed, requirement, test.metric, share)
  return difference ?? { notRun: `${test.row} or ${other} has no ${test.metric}` }
}

function verdictOn(
  measured: MeasuredTable,
  test: ClaimTest,
  requirement: Requirement,
  tested: Tested,
): Verdict {
  const verdict = bare(test, tested)
  if (isAccuracy(test.metric)) return verdict
  const strengths = [test.row, otherRow(test)]
    .filter((row) => row !== undefined)
    .map((row) => strengthFor(measured, row, requirement))
  // A comparison of two leaks is as good as the weaker of the two attackers; either way round, as a low AUC is on one side.
  return strengths.reduce<Verdict>(
    (sofar, strength) =>
      test.kind === 'atMost' ? unlessWeak(sofar, strength) : unlessWeakEitherWay(sofar, strength),
    verdict,
  )
}

/** The row that a test compares with. */
function otherRow(test: ClaimTest): string | undefined {
  if (test.kind === 'keeps') return test.of
  return test.kind === 'above' || test.kind === 'below' ? test.than : undefined
}

/** A comparison is not refuted by a weak attacker either. */
function unlessWeakEitherWay(verdict: Verdict, strength: AttackerStrength): Verdict {
  const asHolding = unlessWeak('holds', strength)
  return verdict.startsWith('not run') || asHolding === 'holds' ? verdict : asHolding
}

function bare(test: ClaimTest, tested: Tested): Verdict {
  switch (test.kind) {
    case 'atMost':
      return atMost(tested, test.bar)
    case 'atLeast':
      return atLeast(tested, test.bar)
    case 'keeps':
      return beyond(tested, 0)
    case 'above':
      return beyond(tested, test.margin ?? 0)
    case 'below':
      return beyond('notRun' in tested ? tested : negated(tested), test.margin ?? 0)
  }
}

function negated({ value, interval }: Exclude<Tested, { notRun: string }>): Tested {
  return { value: -value, interval: { lower: -interval.upper, upper: -interval.lower } }
}

/** Whether the attacker of a row succeeds on its base; see {@link attackerStrength}. */
export function strengthFor(
  measured: MeasuredTable,
  rowId: string,
  requirement: Requirement,
): AttackerStrength {
  const row = measured.table.rows.find(({ id }) => id === rowId)
  const baseId = row?.baseRow ?? rowId
  const base = measured.table.rows.find(({ id }) => id === baseId)
  const published = base?.attackerBar ?? base?.published
  const ours = under(measured, baseId, requirement)
  const figure = 'notRun' in ours ? null : figureOf(ours.bySeed, requirement, 'auc')
  return attackerStrength(figure?.value ?? null, published?.[requirementKey(requirement)]?.auc)
}

function under(
  { seeds, missing }: MeasuredTable,
  row: string,
  requirement: Requirement,
): { readonly bySeed: BySeed } | { readonly notRun: string } {
  const of = seeds.get(row)
  if (of !== undefined && of.length > 0) return { bySeed: measuredUnder(of, requirement) }
  return { notRun: `${row}: ${missing.get(row) ?? 'there is no such row'}` }
}

/** The requirements that a row of a table stands in. */
export function requirementsOf(table: PaperTable, row: string): readonly Requirement[] {
  return rowOf(table, row)?.requirements ?? table.requirements
}

function rowOf(table: PaperTable, id: string): PaperRow | undefined {
  return table.rows.find((row) => row.id === id)
}

function describe(test: ClaimTest): string {
  const name = (metric: PaperMetric): string => `${metric} of ${test.row}`
  switch (test.kind) {
    case 'atMost':
    case 'atLeast':
      return `${name(test.metric)} ${test.kind === 'atMost' ? 'at most' : 'at least'} ${test.bar}`
    case 'keeps':
      return `${name(test.metric)} minus ${test.share} of ${test.of}'s, at least 0`
    case 'above':
    case 'below':
      return `${name(test.metric)} minus that of ${test.than}, ${test.kind} ${
        test.kind === 'below' ? -(test.margin ?? 0) : (test.margin ?? 0)
      }`
  }
}
