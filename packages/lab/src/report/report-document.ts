import {
  comparisonChapter,
  datasetChapter,
  unauditedChapter,
  type Chapter,
  type ReportedDataset,
} from './chapters.js'
import { comparisonsOf, freshId } from './comparisons.js'
import { htmlList } from './data-table.js'
import { htmlFigure, type Figure } from './figure.js'
import type { Headline } from './headline.js'
import { element, renderMarkup, type Markup } from './markup.js'
import { originPart } from './parts/origin.js'
import { readingGuide } from './parts/reading-guide.js'
import type { ReportSource } from './report-sources.js'
import { reportStyle } from './report-style.js'

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
