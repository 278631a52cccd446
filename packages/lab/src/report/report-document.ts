import { formatInterval } from '@veilrec/core'
import type { DatasetCard } from '@veilrec/data'

import { comparisonsOf, freshId, type Comparison } from './comparisons.js'
import { htmlList, htmlTable } from './data-table.js'
import { htmlFigure, type Figure } from './figure.js'
import { gapFigure } from './figures/gap-figure.js'
import { matrixFigure } from './figures/matrix-figure.js'
import { paretoFigure } from './figures/pareto-figure.js'
import { trainingFigure, veilTrainingFigure } from './figures/training-figure.js'
import { headline, type Headline } from './headline.js'
import { element, renderMarkup, type Markup } from './markup.js'
import { accuracyPart } from './parts/accuracy.js'
import { dataCardPart } from './parts/data-card.js'
import { originPart } from './parts/origin.js'
import { readingGuide } from './parts/reading-guide.js'
import { scoreCardPart } from './parts/score-card.js'
import { hypervolumePart } from './parts/trade-off.js'
import { isSound, trustPart } from './parts/trust.js'
import type { ReportedRun, ReportSource } from './report-sources.js'
import { reportStyle } from './report-style.js'

/** The card of a data set that a report names, or why there is none. */
export interface ReportedDataset {
  readonly name: string
  readonly hash: string
  readonly card: DatasetCard | null
  /** Why the card is missing; empty where it is there. */
  readonly reason: string
}

/** What a chapter found. */
export interface ReportFinding extends Headline {
  /** Title of the chapter. */
  readonly subject: string
}

/** A report as text, and what it says in short. */
export interface ReportDocument {
  readonly html: string
  readonly figures: readonly Figure[]
  /** One for each comparison and each run without an audit, in the order of the page. */
  readonly findings: readonly ReportFinding[]
}

/** A chapter of the page. */
interface Chapter {
  readonly id: string
  readonly title: string
  readonly subtitle: string
  /** Stands at the top of the page; null for a chapter that finds nothing. */
  readonly finding: Headline | null
  readonly warnings: readonly string[]
  readonly content: readonly (Figure | Markup)[]
}

/**
 * The page: what was found first, then a chapter for each comparison with the evidence, one for each run without an audit, and the
 * data sets. A function of its arguments alone: equal ones give equal bytes.
 */
export function reportDocument(
  sources: readonly ReportSource[],
  datasets: readonly ReportedDataset[],
): ReportDocument {
  const ids = new Set<string>()
  const comparisons = comparisonsOf(sources, ids)
  const unaudited = sources.flatMap(({ run, stored }) => (run === null || stored !== null ? [] : [run]))
  const chapters = [
    ...comparisons.map(comparisonChapter),
    ...unaudited.map((run) => unauditedChapter(run, freshId(run.name, ids))),
    ...datasets.map(datasetChapter),
  ]
  const findings = chapters.flatMap(({ title, finding }) =>
    finding === null ? [] : [{ subject: title, ...finding }],
  )
  const page = element(
    'html',
    { lang: 'en' },
    pageHead(chapters),
    element(
      'body',
      {},
      element(
        'header',
        {},
        element('h1', {}, 'What can still be told, and what hiding it costs'),
        element('p', { class: 'subtitle' }, 'Veilrec report'),
        findings.map(({ subject, sentence, veils }) =>
          element(
            'div',
            { class: 'finding' },
            element('p', {}, element('strong', {}, subject), sentence),
            htmlList(veils),
          ),
        ),
        comparisons.length < 2
          ? []
          : element(
              'p',
              { class: 'note' },
              'Figures of different chapters cannot be compared: data, recommender or attack are not the same.',
            ),
        contents(chapters),
      ),
      element('main', {}, chapters.map(chapterMarkup), readingGuide(comparisons.length > 0)),
      element('footer', {}, originPart(sources)),
    ),
  )
  return {
    html: `<!DOCTYPE html>\n${renderMarkup(page)}\n`,
    figures: chapters.flatMap(({ content }) => content.filter(isFigure)),
    findings,
  }
}

function pageHead(chapters: readonly Chapter[]): Markup {
  const [first] = chapters
  return element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    // Nothing on the page is loaded or executed, whatever a name in it may hold.
    element('meta', {
      'http-equiv': 'Content-Security-Policy',
      content: "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element(
      'title',
      {},
      `Veilrec report: ${first?.title ?? 'nothing'}${chapters.length > 2 ? ' and others' : ''}`,
    ),
    element('link', { rel: 'icon', href: 'data:,' }),
    element('style', {}, reportStyle),
  )
}

function contents(chapters: readonly Chapter[]): Markup {
  const links = [
    ...chapters,
    { id: 'reading', title: 'How to read this' },
    { id: 'origin', title: 'Made from' },
  ]
  return element(
    'nav',
    { 'aria-label': 'Contents' },
    htmlList(links.map(({ id, title }) => element('a', { href: `#${id}` }, title))),
  )
}

function chapterMarkup({ id, title, subtitle, warnings, content }: Chapter): Markup {
  return element(
    'section',
    { 'aria-labelledby': `chapter.${id}` },
    element('h2', { id: `chapter.${id}` }, title),
    element('p', { class: 'subtitle' }, subtitle),
    warnings.map((warning) => element('p', { class: 'warning' }, warning)),
    content.map((part) => (isFigure(part) ? htmlFigure(part) : part)),
  )
}

function isFigure(part: Figure | Markup): part is Figure {
  return typeof part === 'object' && 'draw' in part
}

function comparisonChapter(comparison: Comparison): Chapter {
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
function unauditedChapter(run: ReportedRun, id: string): Chapter {
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

function datasetChapter({ name, card, reason }: ReportedDataset, index: number): Chapter {
  return {
    id: `data.${index + 1}`,
    title: `Data set ${name}`,
    subtitle: 'what the figures were measured on',
    finding: null,
    warnings: card === null ? [reason] : [],
    content: card === null ? [] : [dataCardPart(card)],
  }
}
