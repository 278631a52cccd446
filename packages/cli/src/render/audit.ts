import { checkLines, checkSummary, nullLines, verdictSentence, type AuditResult } from '@veilrec/lab'

import { attackTable, controlTable, decisiveTable } from './audit-attacks.js'
import { accuracyTable, groupTable, interactionTable } from './audit-groups.js'
import { paretoLines } from './audit-pareto.js'
import { labelRows, wrapped, type LabelledRow } from './audit-rows.js'
import { scoreCard, scoreCardLegend, unequalLine } from './audit-score-card.js'
import { duration } from './numbers.js'

/**
 * An audit for a person: first one screen with the score card, a verdict for each requirement and the picture of
 * accuracy against leakage; below it what that rests on, and what to distrust.
 */
export function renderAudit(result: AuditResult): string {
  const rows = labelRows(result)
  const { interaction, permutationNull, validity, notAttacked, threatsToValidity } = result
  const controls = controlTable(result)
  const hasGroups = rows.some(({ row }) => row.groups.length > 0)
  return [
    heading(result),
    checkSummary(validity),
    '',
    scoreCard(result, rows),
    scoreCardLegend(result),
    unequalLine(rows),
    '',
    ...verdictLines(result, rows),
    ...section(paretoLines(result, rows)),
    ...section([attackTable(rows)], 'What can be told:'),
    ...section([decisiveTable(rows)], 'The attack that each verdict rests on:'),
    ...section(controls === undefined ? [] : [controls], 'What the data tells without a recommender:'),
    ...section([accuracyTable(rows)], 'Accuracy:'),
    ...section(hasGroups ? [groupTable(rows)] : [], 'Groups: NDCG@10, best minus worst served:'),
    ...section(
      interaction.length === 0 ? [] : [interactionTable(result)],
      'Interaction fairness: DIF, lists minus what users chose:',
    ),
    ...section(
      permutationNull === null ? [] : bullets(nullLines(permutationNull)),
      'If nothing could be told: the worst of as many cells under shuffled labels:',
    ),
    ...section(bullets(checkLines(validity)), 'Can the measurement be trusted?'),
    ...section(bullets(notAttacked), 'Not attacked:'),
    ...section(bullets(threatsToValidity), 'Threats to validity:'),
    '',
    ...closing(result),
  ].join('\n')
}

function heading({ run, model, dataset, seed, isQuick, veils }: AuditResult): string {
  const methods = [...new Set(veils.map(({ method }) => method))]
  const behind = methods.length === 0 ? 'without a veil' : `bare and behind ${methods.join(', ')}`
  const subject = `audit of ${run} (${model}) on ${dataset.name}, ${behind}, seed ${seed}`
  return isQuick ? `QUICK ${subject}: a first look, not to be quoted` : subject
}

function verdictLines({ chanceMargin }: AuditResult, rows: readonly LabelledRow[]): string[] {
  const base = rows.find(({ row }) => row.veil === null)
  return rows.map((row) => wrapped(`${row.key} ${verdictSentence(row, base, chanceMargin)}`))
}

/** Lines after an empty one; nothing where there is nothing to show. */
function section(lines: readonly string[], title?: string): string[] {
  if (lines.length === 0) return []
  return title === undefined ? ['', ...lines] : ['', title, ...lines]
}

function bullets(lines: readonly string[]): string[] {
  return lines.map((line) => `- ${line}`)
}

function closing({
  run,
  rows,
  veils,
  isQuick,
  attackers,
  attackSeeds,
  cells,
  seconds,
}: AuditResult): string[] {
  const example = rows.find(({ requirement }) => requirement.length > 0)
  const methods = new Set(veils.map(({ method }) => method))
  const method = veils.find(({ id }) => id === example?.veil)?.method
  return [
    `Attackers on vectors: ${attackers.vectors.join(', ')}; on lists: ${attackers.lists.join(', ')}.`,
    `Each random one trained ${attackSeeds === 1 ? 'once' : `${attackSeeds} times`}. ${cells.total} attacks` +
      (cells.reused === 0 ? '' : `, ${cells.reused} of them from an earlier audit`) +
      `, ${duration(seconds.total)} in all. Every figure is in ${isQuick ? 'audit-quick.json' : 'audit.json'}.`,
    '',
    isQuick
      ? `Next: veilrec audit ${run}`
      : example === undefined
        ? `Next: veilrec veil ${run} --method linear-erasure`
        : `Next: veilrec recommend ${run} --user ID --veil ${example.requirement.join(',')}` +
          (methods.size > 1 && method !== undefined ? ` --method ${method}` : ''),
  ]
}
