import { requirementKey } from '@veilrec/core'

import { parseRunConfig } from '../run-config.js'
import { sourceHash } from '../source-hash.js'
import { parseVeilConfig } from '../veils/veil-config.js'
import { veilKind } from '../veils/veil-kinds.js'

import type { Cell } from './cells.js'
import { figureOf, measuredUnder } from './figures-of-cells.js'
import { judgeClaims, requirementsOf, strengthFor, type MeasuredTable } from './judge-claims.js'
import type { ContractRow, MadeOn, MeasuredCell, MeasuredRequirement } from './measured-cell.js'
import type { FigureRecipe, PaperMetric, PaperRow, PaperTable } from './paper-table.js'
import {
  reproductionFormatVersion,
  type ContractReport,
  type ReproducedFigure,
  type ReproducedFigureData,
  type ReproducedRow,
  type ReproducedSystem,
  type ReproductionResult,
} from './reproduction-result.js'
import type { RunCells } from './run-cells.js'

/**
 * What the measured cells of a table say: every figure beside the paper's, a verdict on every claim, what a figure draws, and
 * apart from it the same systems by our contract.
 *
 * @param dataset null where nothing was run.
 * @param asked how many seeds were asked for.
 */
export function summarizeTable(
  table: PaperTable,
  cells: readonly Cell[],
  { measured, reports }: RunCells,
  dataset: { readonly name: string; readonly hash: string } | null,
  asked: number,
): ReproductionResult {
  const seeds = new Map<string, (readonly MeasuredRequirement[])[]>()
  const missing = new Map<string, string>()
  const contract: ContractReport[] = []
  const madeOn: MadeOn[] = []
  for (const row of table.rows) if (row.notRun !== undefined) missing.set(row.id, row.notRun)
  for (const cell of cells) {
    const found = measured.get(cell.id)
    const { id, label } = cell.row
    if (found === undefined) {
      if (cell.protocol === 'paper')
        missing.set(id, whyMissing(reports.find((report) => report.id === cell.id)))
      continue
    }
    remember(madeOn, found)
    if (found.protocol === 'paper') {
      const known = seeds.get(id)
      if (known) known.push(found.requirements)
      else seeds.set(id, [found.requirements])
    } else {
      const { rows, failedChecks } = found
      contract.push({ row: id, label, seed: cell.seed, rows: ownRows(cell.row, rows), failedChecks })
    }
  }
  const all: MeasuredTable = { table, seeds, missing }
  const rows = table.rows.flatMap((row) => reproducedRows(all, row))
  const { kind, seeds: attackSeeds } = table.attacker
  const mostSeeds = Math.max(0, ...[...seeds.values()].map((ofRow) => ofRow.length))
  return {
    formatVersion: reproductionFormatVersion,
    paper: table.paper,
    table: table.name,
    title: table.title,
    citation: table.citation,
    command: `veilrec reproduce ${table.paper} ${table.name}${asked === 1 ? '' : ` --seeds ${asked}`}`,
    sourceHash: sourceHash(),
    dataset: dataset === null || table.data === undefined ? null : { ...dataset, recipe: table.data },
    systems: systemsOf(table),
    seeds: mostSeeds,
    attacker: { name: kind.name, seeds: attackSeeds, configuration: kind.configurations[0] },
    metrics: table.metrics,
    rows,
    claims: judgeClaims(all),
    figures: (table.figures ?? []).map((recipe) => drawn(all, rows, recipe)),
    contract,
    cells: reports,
    departures: table.departures,
    threatsToValidity: threats(mostSeeds, attackSeeds),
    madeOn,
  }
}

/** Behind a veil an audit has the base in its first row, which has a row of its own here. */
function ownRows({ system }: Cell['row'], rows: readonly ContractRow[]): readonly ContractRow[] {
  return system.veil === null ? rows : rows.filter(({ requirement }) => requirement.length > 0)
}

function whyMissing(report: RunCells['reports'][number] | undefined): string {
  if (report?.state.kind === 'failed') return `failed with ${report.state.code}: ${report.state.message}`
  return report?.state.kind === 'not run' ? report.state.why : 'not asked for so far'
}

function remember(madeOn: MadeOn[], { versions, cpu, sourceHash: sources }: MeasuredCell): void {
  const made: MadeOn = { versions, cpu, ...(sources === undefined ? {} : { sourceHash: sources }) }
  const text = JSON.stringify(made)
  if (!madeOn.some((known) => JSON.stringify(known) === text)) madeOn.push(made)
}

function systemsOf({ rows }: PaperTable): ReproducedSystem[] {
  return rows.flatMap(({ id, system, notRun }) => {
    if (system === undefined || notRun !== undefined) return []
    const { base, veil } = system
    return {
      row: id,
      base: { model: base.model, config: parseRunConfig(base.model, base.config) },
      veil: veil && {
        method: veil.method,
        config: parseVeilConfig(veilKind(veil.method), veil.config) as object,
      },
    }
  })
}

function reproducedRows(all: MeasuredTable, row: PaperRow): ReproducedRow[] {
  const { table, seeds, missing } = all
  const ofRow = seeds.get(row.id)
  return requirementsOf(table, row.id).map((requirement) => {
    const bySeed = measuredUnder(ofRow ?? [], requirement)
    const published = row.published?.[requirementKey(requirement)]
    const why = missing.get(row.id)
    const figures = table.metrics.map((metric): ReproducedFigure => {
      const ours = figureOf(bySeed, requirement, metric)
      const paper = published?.[metric] ?? null
      const less = (value: number): number => value - (paper ?? 0)
      const difference =
        ours === null || paper === null
          ? null
          : {
              value: less(ours.value),
              interval: { lower: less(ours.interval.lower), upper: less(ours.interval.upper) },
            }
      return { metric, paper, ours, difference }
    })
    const majority = Object.fromEntries(
      (bySeed[0]?.attacks ?? [])
        .filter(({ attribute }) => requirement.includes(attribute))
        .map(({ attribute, majority: share }) => [attribute, share]),
    )
    return {
      row: row.id,
      label: row.label,
      requirement,
      figures,
      attacker: ofRow === undefined ? null : strengthFor(all, row.id, requirement),
      majority,
      ...(ofRow === undefined && why !== undefined ? { notRun: why } : {}),
    }
  })
}

/** The points of a figure; those without both figures are left out. */
function drawn(
  { table }: MeasuredTable,
  rows: readonly ReproducedRow[],
  { caption, x, y, lines }: FigureRecipe,
): ReproducedFigureData {
  const parameter = table.rows.find((row) => row.parameter)?.parameter?.name ?? 'parameter'
  const named = new Map<string, ReproducedFigureData['lines'][number]['points'][number][]>()
  for (const row of rows) {
    const own = table.rows.find(({ id }) => id === row.row)?.parameter
    const [ofX, ofY] = [x === 'parameter' ? undefined : oursOf(row, x), oursOf(row, y)]
    const at = x === 'parameter' ? own?.value : ofX?.value
    if (at === undefined || ofY === undefined) continue
    const requirement = requirementKey(row.requirement)
    const line = lines === 'requirement' ? requirement : row.label
    const points = named.get(line) ?? []
    points.push({
      label: lines === 'requirement' ? row.label : requirement,
      x: at,
      y: ofY.value,
      xInterval: ofX?.interval ?? null,
      yInterval: ofY.interval,
    })
    named.set(line, points)
  }
  return {
    caption,
    kind: x === 'parameter' ? 'sweep' : lines === 'requirement' ? 'requirements' : 'systems',
    x: x === 'parameter' ? parameter : x,
    y,
    lines: [...named].map(([name, points]) => ({ name, points })),
  }
}

function oursOf(
  { figures }: ReproducedRow,
  metric: PaperMetric,
): (ReproducedFigure['ours'] & object) | undefined {
  return figures.find((figure) => figure.metric === metric)?.ours ?? undefined
}

function threats(seeds: number, attackSeeds: number): string[] {
  return [
    seeds > 0 && seeds < 5
      ? `${seeds === 1 ? 'One seed' : `${seeds} seeds`} of base and veil: differences between trainings are not in any interval.`
      : '',
    'Ranking among 99 sampled items may order systems otherwise than the whole catalogue; fullNdcg@10, where shown, is over the whole.',
    `One attacker of the paper's kind, trained ${attackSeeds} times: a low AUC says that this attacker fails, not that nothing leaks. ` +
      'What stronger attackers tell stands under our contract.',
    'Veils of the paper protocol were trained with the labels of all users, also of those that the attackers are measured on.',
    "The paper's split of users, candidates and seeds are not published; ours are others, so that its figures are no test of equality.",
  ].filter((line) => line !== '')
}
