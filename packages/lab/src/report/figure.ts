import { htmlTable, type DataTable } from './data-table.js'
import { element, renderMarkup, type Markup, type MarkupElement } from './markup.js'

/** A picture laid out for one width, in pixels of 1/96 inch. */
export interface Drawing {
  readonly width: number
  readonly height: number
  readonly content: Markup
}

/** A picture at any width, and the same in words. */
export interface Picture {
  /** Unique in its document; names its files, too. */
  readonly id: string
  readonly title: string
  /** The alternative text: what there is to see. */
  readonly description: string
  readonly draw: (width: number) => Drawing
}

/** A figure of a report: a picture, and the same in a table. */
export interface Figure extends Picture {
  /** How to read it, below the picture. */
  readonly caption: string
  readonly tables: readonly DataTable[]
}

/** Width for screens, print and files of their own. */
const wideWidth = 860
/** Width for a telephone held upright. */
const narrowWidth = 360

/**
 * The picture as a file of its own, on white.
 *
 * Everything is said by attributes of the elements: a style sheet in a picture would rule the whole page that holds it.
 */
export function standaloneSvg(figure: Picture): string {
  const svg = pictureOf(figure, wideWidth, 'file')
  return `<?xml version="1.0" encoding="UTF-8"?>\n${renderMarkup(svg)}\n`
}

/**
 * The figure in a page: two layouts of the picture, of which the style sheet shows the one that fits and hides the other
 * from everybody, then caption and tables.
 */
export function htmlFigure(figure: Figure): MarkupElement {
  const { id, title, caption, tables } = figure
  return element(
    'figure',
    { id },
    element('h3', {}, title),
    element('div', { class: 'wide' }, pictureOf(figure, wideWidth, 'wide')),
    element('div', { class: 'narrow' }, pictureOf(figure, narrowWidth, 'narrow')),
    element('figcaption', {}, caption),
    tables.map((table) =>
      element('details', {}, element('summary', {}, `Table: ${table.caption}`), htmlTable(table, true)),
    ),
  )
}

function pictureOf(figure: Picture, wanted: number, layout: string): MarkupElement {
  const { width, height, content } = figure.draw(wanted)
  const [title, description] = [`${figure.id}-${layout}-title`, `${figure.id}-${layout}-text`]
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`,
      width: Math.ceil(width),
      height: Math.ceil(height),
      role: 'img',
      'aria-labelledby': `${title} ${description}`,
      'font-family': fontFamily,
    },
    element('title', { id: title }, figure.title),
    element('desc', { id: description }, figure.description),
    element('rect', { width: '100%', height: '100%', fill: '#fff' }),
    content,
  )
}

/** Fonts that most machines have one of, all of about the same width. */
const fontFamily = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
