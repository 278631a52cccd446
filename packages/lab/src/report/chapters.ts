import { formatInterval } from '@veilrec/core'
import type { DatasetCard } from '@veilrec/data'

import type { Comparison } from './comparisons.js'
import { htmlTable } from './data-table.js'
import type { Figure } from './figure.js'
import { gapFigure } from './figures/gap-figure.js'
import { matrixFigure } from './figures/matrix-figure.js'
import { paretoFigure } from './figures/pareto-figure.js'
import { trainingFigure, veilTrainingFigure } from './figures/training-figure.js'
import { headline, type Headline } from './headline.js'
import { element, type Markup } from './markup.js'
import { accuracyPart } from './parts/accuracy.js'
import { dataCardPart } from './parts/data-card.js'
import { scoreCardPart } from './parts/score-card.js'
import { hypervolumePart } from './parts/trade-off.js'
import { isSound, trustPart } from './parts/trust.js'
import type { ReportedRun } from './report-sources.js'

/** A chapter of the page. */
export interface Chapter {
  readonly id: string
  readonly title: string
  readonly subtitle: string
  /** Stands at the top of the page; null for a chapter that finds nothing. */
  readonly finding: Headline | null
  readonly warnings: readonly string[]
  readonly content: readonly (Figure | Markup)[]
}

/** The card of a data set that a report names, or why there is none. */
export interface ReportedDataset {
  readonly name: string
  readonly hash: string
  readonly card: DatasetCard | null
  /** Why the card is missing; empty where it is there. */
  readonly reason: string
}

/** The evidence of a comparison, the score card first and the threats to validity last. */
export function comparisonChapter(comparison: Comparison): Chapter {
  const { id, model, dataset, names, audits, runs, veils } = comparison
  const { isQuick } = audits[0]!.audit
  const present = <T>(part: T | null): T[] => (part === null ? [] : [part])
  return {
    id,
    title: `${names.join(', ')}: ${model} on ${dataset.name}${isQuick ? ', quick look' : ''}`,
    subtitle: subtitleOf(comparison),
    finding: headline(comparison),
    warnings: [
      ...(isQuick
        ? [
            'A quick audit: one training of each attacker, fewer attackers, no lists behind a veil. Quote nothing of it.',
          ]
        : []),
      ...(audits.every(({ audit }) => isSound(audit.validity))
        ? []
        : [
            'A check of the measurement failed. Do not rely on these figures; the reasons stand at the end of the chapter.',
          ]),
    ],
    content: [
      scoreCardPart(comparison),
      ...present(paretoFigure(comparison)),
      hypervolumePart(comparison),
      matrixFigure(comparison),
      ...present(gapFigure(comparison)),
      accuracyPart(comparison),
      ...present(trainingFigure(id, runs)),
      ...present(veilTrainingFigure(id, runs, veils)),
      trustPart(comparison),
    ],
  }
}

function subtitleOf({ audits, veils, requirements, attributes }: Comparison): string {
  const { attackSeeds, trainingSeed, rows } = audits[0]!.audit
  const users = rows[0]!.accuracy.all.users
  const many = (number: number, one: string, several = `${one}s`): string =>
    `${number} ${number === 1 ? one : several}`
  return [
    many(users, 'user'),
    `${many(attributes.length, 'attribute')} attacked`,
    veils.length === 0
      ? 'no veil'
      : `${many(veils.length, 'veil')}, ${many(requirements.length, 'requirement')}`,
    `${many(attackSeeds, 'training')} of each random attacker`,
    `one training of the recommender (seed ${trainingSeed})`,
  ].join('; ')
}

/** What `run.json` alone says of a run, and how to get the rest. */
export function unauditedChapter(run: ReportedRun, id: string): Chapter {
  const { name, manifest } = run
  const { test } = manifest
  const ndcg =
    test === null ? '-' : formatInterval(test.model['ndcg@10'].value, test.model['ndcg@10'].interval, 4)
  const figure = trainingFigure(id, [run])
  return {
    id,
    title: `${name}: ${manifest.model} on ${manifest.dataset.name}, not audited`,
    subtitle: `one training of the recommender (seed ${manifest.seed})`,
    finding: {
      sentence: `Nobody has attacked this run, so nothing is known of what it tells; NDCG@10 ${ndcg}.`,
      veils: [],
    },
    warnings: [],
    content: [
      element(
        'p',
        { class: 'note' },
        'Score card, leakage, groups and threats to validity need an audit: ',
        element('code', {}, `veilrec audit ${name}`),
        ', then make the report again.',
      ),
      ...(test === null ? [] : [testTable(manifest.model, test)]),
      ...(figure === null ? [] : [figure]),
    ],
  }
}

function testTable(model: string, test: NonNullable<ReportedRun['manifest']['test']>): Markup {
  const rows = [
    ['popularity', test.popularity],
    [model, test.model],
  ] as const
  return htmlTable({
    caption: 'Test, full ranking [95 %]',
    head: ['recommender', 'NDCG@10', 'last item not tied', 'HIT@10', 'users'],
    groups: [
      {
        rows: rows.map(([name, accuracy]) => [
          name,
          formatInterval(accuracy['ndcg@10'].value, accuracy['ndcg@10'].interval, 4),
          formatInterval(
            accuracy['ndcg@10-untied']?.value ?? null,
            accuracy['ndcg@10-untied']?.interval ?? null,
            4,
          ),
          formatInterval(accuracy['hit@10'].value, accuracy['hit@10'].interval, 4),
          String(accuracy.users),
        ]),
      },
    ],
  })
}

/** The card of a data set, or why there is none. */
export function datasetChapter({ name, card, reason }: ReportedDataset, index: number): Chapter {
  return {
    id: `data.${index + 1}`,
    title: `Data set ${name}`,
    subtitle: 'what the figures were measured on',
    finding: null,
    warnings: card === null ? [reason] : [],
    content: card === null ? [] : [dataCardPart(card)],
  }
}
