import { formatDuration, requirementKey, type Interval, type Requirement } from '@veilrec/core'

import type {
  CellReport,
  JudgedClaim,
  ReproducedFigure,
  ReproducedRow,
  ReproductionResult,
} from './reproduction-result.js'
import { reproductionPictures } from './reproduction-figure.js'
import type { TrainingSummary } from './training-of-cell.js'

/**
 * A reproduced table as Markdown: verdicts, the paper's figures beside ours, and apart from them the same systems by our
 * contract; then how it was made and why it may mislead.
 *
 * @param options.level of its heading, 1 by default; parts are one below it.
 * @param options.pictures what stands before the names of pictures, such as `figures/`; nothing by default, as they lie beside it.
 */
export function reproductionMarkdown(
  result: ReproductionResult,
  { level = 1, pictures = '' }: { readonly level?: number; readonly pictures?: string } = {},
): string {
  const part = `${'#'.repeat(level + 1)} `
  const { title, citation, claims, rows, contract, cells, departures, threatsToValidity } = result
  const done = cells.filter(({ state }) => state.kind === 'measured')
  const failed = cells.filter(({ state }) => state.kind === 'failed')
  return [
    `${'#'.repeat(level)} ${title}`,
    citation,
    madeBy(result),
    ...(claims.length === 0 ? [] : [`${part}Verdicts`, claimTable(claims)]),
    `${part}The paper's protocol`,
    ...(rows.length === 0 ? ['Nothing to show.'] : [figureTable(rows)]),
    ...figurePart(result, part, pictures),
    ...unseenUsersPart(result, part),
    ...(contract.length === 0 ? [] : [`${part}The same systems under our contract`, contractTable(contract)]),
    ...(failed.length === 0
      ? []
      : [
          `${part}Failed cells`,
          list(
            failed.map(({ id, state }) =>
              state.kind === 'failed' ? `\`${id}\`: ${state.code}: ${escaped(state.message)}` : id,
            ),
          ),
        ]),
    ...(done.length === 0 ? [] : [`${part}How long it took`, timeTable(done)]),
    ...(departures.length === 0 ? [] : [`${part}Departures from the paper`, list(departures)]),
    `${part}Threats to validity`,
    list(threatsToValidity),
  ].join('\n\n')
}

function figurePart(result: ReproductionResult, part: string, folder: string): string[] {
  const pictures = reproductionPictures(result)
  if (pictures.length === 0) return []
  return [
    `${part}Figures`,
    'Bars are 95 % intervals over users. Axes do not begin at 0.',
    ...pictures.flatMap(({ id, title, description }) => [
      `${title}:`,
      `![${description.replaceAll(/[[\]]/g, '')}](${folder}${id}.svg)`,
    ]),
  ]
}

/** What veils leave of users whose labels they never saw, beside what the paper's attacker tells of those whose labels they mostly saw. */
function unseenUsersPart({ cells, rows }: ReproductionResult, part: string): string[] {
  const lines = cells
    .filter(({ id, state }) => state.kind === 'measured' && id.startsWith('paper/'))
    .flatMap(({ id, training }) =>
      training.veil
        .flatMap(({ unseenUsers }) => unseenUsers)
        .filter(({ requirement }) => requirement.length === 1)
        .flatMap(({ requirement, aucs }) =>
          Object.values(aucs).map((auc) => [
            `\`${id}\``,
            requirementName(requirement),
            auc.toFixed(4),
            attackerAuc(rows, id.split('/')[1]!, requirement),
          ]),
        ),
    )
  if (lines.length === 0) return []
  return [
    `${part}Users whose labels the veil never saw`,
    "By the paper's protocol a veil is trained with the labels of the users that it is attacked on. A fifth of the users are the exception: " +
      'their labels chose the epoch and trained nothing. Probes, two logistic regressions that are cross-validated on these users, tell (without an interval, and rather too little, as the epoch is theirs):',
    table(['cell', 'hidden', 'AUC of the probe, users never seen', "AUC of the paper's attacker"], lines),
  ]
}

function attackerAuc(rows: readonly ReproducedRow[], row: string, hidden: Requirement): string {
  const measured = rows.find(
    (one) => one.row === row && requirementKey(one.requirement) === requirementKey(hidden),
  )
  const ours = measured?.figures.find(({ metric }) => metric === 'probabilityAuc')?.ours
  return ours ? withInterval(ours.value, ours.interval) : '-'
}

function madeBy(result: ReproductionResult): string {
  const { command, sourceHash, dataset, seeds, attacker, madeOn, cells } = result
  const done = cells.filter(({ state }) => state.kind === 'measured').length
  const machines = madeOn.map(
    ({ cpu, versions, sourceHash: sources }) =>
      `${cpu.model}, ${cpu.cores} cores (${Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', ')}), by sources ${sources === undefined ? 'that were not recorded' : short(sources)}`,
  )
  return list([
    `\`${command}\`, judged by sources ${short(sourceHash)}; settings of every system are in the JSON file`,
    dataset === null ? 'Nothing was run.' : `Data set hash ${dataset.hash}`,
    `${done} of ${cells.length} cells measured; ${seeds} ${seeds === 1 ? 'seed' : 'seeds'}`,
    `Attacker ${attacker.name}, trained ${attacker.seeds} times`,
    ...machines.map((machine) => `Measured on ${machine}`),
  ])
}

function short(hash: string | null): string {
  return hash === null ? 'without a hash' : hash.slice(0, 12)
}

function timeTable(cells: readonly CellReport[]): string {
  const trained = (all: readonly TrainingSummary[]): string =>
    all
      .map(
        ({ name, epochs, bestEpoch, seconds }) =>
          `${name} ${formatDuration(seconds)}, epoch ${bestEpoch} of ${epochs}`,
      )
      .join('; ') || '-'
  return table(
    ['cell', 'base, shared by cells', 'veil', 'attacks and rankings'],
    cells.map(({ id, training: { base, veil }, seconds }) => [
      `\`${id}\``,
      trained(base === null ? [] : [base]),
      trained(veil),
      seconds === null ? 'not recorded' : formatDuration(seconds),
    ]),
  )
}

function claimTable(claims: readonly JudgedClaim[]): string {
  return table(
    ['claim', 'said in', 'verdict', 'by requirement'],
    claims.map(({ text, source, verdict, tests }) => [
      text,
      source,
      `**${verdict}**`,
      tests
        .filter((test) => test.verdict !== 'holds' && test.value !== null)
        .map(
          ({ what, requirement, verdict: own, value, interval, effectSize }) =>
            `${requirementName(requirement)}: ${what} is ${withInterval(value, interval)}` +
            `${effectSize === null ? '' : `, effect size ${effectSize.toFixed(2)}`}, ${own}`,
        )
        .join('; ') ||
        (tests.every((test) => test.verdict === 'holds') ? `${tests.length} of ${tests.length} hold` : '-'),
    ]),
  )
}

function figureTable(rows: readonly ReproducedRow[]): string {
  const metrics = rows[0]!.figures.map(({ metric }) => metric)
  // A figure that no paper prints has nothing to stand beside.
  const printed = metrics.map((_, i) => rows.some(({ figures }) => figures[i]!.paper !== null))
  const shown = rows.some(({ majority }) => Object.keys(majority).length > 0 && metrics.includes('microF1'))
  return table(
    [
      'system',
      'hidden',
      ...metrics.flatMap((metric, i) =>
        printed[i]
          ? [`${metric}, paper`, `${metric}, ours [95 %]`, 'difference']
          : [`${metric}, ours [95 %]`],
      ),
      ...(shown ? ['largest class'] : []),
      'attacker',
    ],
    rows.map(({ label, requirement, figures, attacker, majority, notRun }) => [
      label,
      requirementName(requirement),
      ...figures.flatMap((figure, i) => figureCells(figure, printed[i]!)),
      ...(shown
        ? [
            Object.values(majority)
              .map((share) => share.toFixed(3))
              .join(', ') || '-',
          ]
        : []),
      notRun === undefined
        ? attacker === null
          ? '-'
          : typeof attacker === 'string'
            ? attacker
            : attacker.unknown
        : `not run: ${notRun}`,
    ]),
  )
}

function figureCells({ paper, ours, difference }: ReproducedFigure, isPrinted: boolean): string[] {
  const measured = ours === null ? '-' : withInterval(ours.value, ours.interval)
  if (!isPrinted) return [measured]
  return [
    paper === null ? '-' : paper.toFixed(4),
    measured,
    difference === null ? '-' : withInterval(difference.value, difference.interval),
  ]
}

function contractTable(contract: ReproductionResult['contract']): string {
  return table(
    [
      'system',
      'seed',
      'hidden',
      'NDCG@10, full [95 %]',
      'change [95 %]',
      'highest AUC [95 %]',
      'of',
      'checks',
    ],
    contract.flatMap(({ label, seed, rows, failedChecks }) =>
      rows.map(({ requirement, ndcg, change, worst }) => [
        label,
        String(seed),
        requirement.length === 0 ? '(none)' : requirementName(requirement),
        withInterval(ndcg.value, ndcg.interval),
        change === null ? '-' : withInterval(change.value, change.interval),
        worst === null ? '-' : withInterval(worst.auc, worst.interval),
        worst === null ? '-' : `${worst.attribute}, ${worst.evidence}`,
        failedChecks.length === 0 ? 'passed' : `failed: ${failedChecks.join(', ')}`,
      ]),
    ),
  )
}

function requirementName(requirement: Requirement): string {
  return requirementKey(requirement).replaceAll(',', ', ')
}

function withInterval(value: number | null, interval: Interval | null): string {
  if (value === null || interval === null) return '-'
  return `${value.toFixed(4)} [${interval.lower.toFixed(4)}, ${interval.upper.toFixed(4)}]`
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
