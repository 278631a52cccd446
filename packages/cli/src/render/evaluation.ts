import type { BaselineFigures, EvaluationResult, Figures, MetricName, SystemFigures } from '@veilrec/lab'

import { count, fixed, withInterval } from './numbers.js'
import { renderPairs, renderTable, type Cell } from './table.js'

/** An evaluation for a person: accuracy beside the baselines, the differences to them, all cut-offs, and what to know. */
export function renderEvaluation(result: EvaluationResult): string {
  const { subject, dataset, split, users, items, notes } = result
  const { name } = subject
  const systems: [string, SystemFigures][] = [[name, result], ...Object.entries(result.baselines)]
  const accounted = accounts(result)
  const hasSample = systems.some(([, system]) => system['sampled(uniform,99)'] !== null)
  return [
    `${name}${subject.kind === 'run' ? ` (${subject.model})` : ''} on the ${split} test of ${dataset.name}: ` +
      `${count(users)} users, full ranking of ${count(items)} items`,
    renderTable(
      ['recommender', 'NDCG@10 [95 %]', 'HIT@10 [95 %]', 'MRR [95 %]', 'AUC', 'coverage@10'],
      systems.map(([system, figures]) => [
        system,
        ...(['ndcg@10', 'hit@10', 'mrr'] as const).map((metric) => estimate(figures, metric)),
        fixed(figures.auc, 3),
        fixed(figures['coverage@10'], 3),
      ]),
    ),
    renderTable(
      [
        'NDCG@10 [95 %] over',
        part('last item not tied', result.untied),
        part('attack-test users', result.attackTest),
        ...(hasSample ? ['sampled(uniform,99)'] : []),
      ],
      systems.map(([system, { untied, attackTest, ...figures }]) => [
        system,
        estimate(untied, 'ndcg@10'),
        estimate(attackTest, 'ndcg@10'),
        ...(hasSample ? [estimate(figures['sampled(uniform,99)'], 'ndcg@10')] : []),
      ]),
    ),
    renderTable(
      [`${name} minus`, 'NDCG@10 [95 %]', 'effect size', 'p (Holm)'],
      Object.entries(result.baselines).map(([baseline, { comparison }]) => [
        baseline,
        ...differenceCells(comparison),
      ]),
    ),
    renderTable(
      [name, 'NDCG', 'HIT', 'recall', 'precision', 'coverage'],
      ([5, 10, 20] as const).map((k) => [
        `@${k}`,
        ...(['ndcg', 'hit', 'recall', 'precision', 'coverage'] as const).map((metric) =>
          fixed(result[`${metric}@${k}`], 4),
        ),
      ]),
    ),
    ...(accounted.length === 0 ? [] : [renderPairs(accounted)]),
    ...notes.map((note) => `- ${note}`),
  ].join('\n')
}

function estimate(figures: Figures | null, metric: MetricName): string {
  return withInterval(figures?.[metric] ?? null, figures?.intervals[metric] ?? null, 4)
}

function part(name: string, figures: Figures | null): string {
  return figures === null ? name : `${name} (${count(figures.users)})`
}

function differenceCells({
  value,
  interval,
  effectSize,
  adjustedPValue,
}: BaselineFigures['comparison']): Cell[] {
  return [
    withInterval(value, interval, 4),
    fixed(effectSize, 2),
    adjustedPValue < 0.001 ? '< 0.001' : fixed(adjustedPValue, 3),
  ]
}

/** What was not counted, or counted as nothing; none of it for a run in which everybody has a target. */
function accounts(result: EvaluationResult): [name: string, value: Cell][] {
  const { rows, missingUsers, seenRemoved, unknownUsers, unknownItems, examples, usersWithoutTarget } = result
  const such = (number: number | undefined, what: string, ids: readonly string[] | undefined): string =>
    number === 0 || ids === undefined
      ? '0'
      : `${count(number ?? 0)}, ${what}, such as ${ids.map((id) => JSON.stringify(id)).join(', ')}`
  return [
    ...(rows === undefined
      ? []
      : ([
          ['rows of the file', count(rows)],
          ['users missing from it', such(missingUsers, 'counted as 0', examples?.missingUsers)],
          ['users it alone has', such(unknownUsers, 'left out', examples?.unknownUsers)],
          ['items it alone has', such(unknownItems, 'left out', examples?.unknownItems)],
          ['entries the user had had', seenRemoved === 0 ? '0' : `${count(seenRemoved ?? 0)}, removed`],
        ] satisfies [string, Cell][])),
    ...(usersWithoutTarget === 0
      ? []
      : ([['users without a target', `${count(usersWithoutTarget)}, left out`]] satisfies [string, Cell][])),
  ]
}
