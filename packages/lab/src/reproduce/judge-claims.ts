import { holm, requirementKey, type Requirement } from '@veilrec/core'

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
  level,
  negated,
  refutationOf,
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
  const made = tests.flatMap((test) =>
    (test.requirements ?? requirementsOf(measured.table, test.row)).map((requirement) => {
      const tested = testedOf(measured, test, requirement)
      return { test, requirement, tested, refutation: refutationBy(test, tested) }
    }),
  )
  // The more a claim says, the more chances there are to refute it by luck.
  const adjusted = holm(made.map(({ refutation }) => refutation))
  const judged = made.map(({ test, requirement, tested }, i) => {
    const bare = bareVerdict(test, tested)
    const byLuck = bare === 'does not hold' && adjusted[i]! >= level
    const found = 'notRun' in tested ? { value: null, interval: null } : tested
    return {
      row: test.row,
      what: describe(test),
      requirement,
      verdict: unlessAttackerWeak(measured, test, requirement, byLuck ? 'undecided' : bare),
      value: found.value,
      interval: found.interval,
      effectSize: 'notRun' in tested ? null : (tested.effectSize ?? null),
      refutation: adjusted[i]!,
    }
  })
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

function unlessAttackerWeak(
  measured: MeasuredTable,
  test: ClaimTest,
  requirement: Requirement,
  verdict: Verdict,
): Verdict {
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

function bareVerdict(test: ClaimTest, tested: Tested): Verdict {
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
      return beyond(negated(tested), test.margin ?? 0)
  }
}

/** {@link refutationOf} a test. */
function refutationBy(test: ClaimTest, tested: Tested): number | null {
  switch (test.kind) {
    case 'atMost':
      return refutationOf(negated(tested), -test.bar)
    case 'atLeast':
      return refutationOf(tested, test.bar)
    case 'keeps':
      return refutationOf(tested, 0)
    case 'above':
      return refutationOf(tested, test.margin ?? 0)
    case 'below':
      return refutationOf(negated(tested), test.margin ?? 0)
  }
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
