import { element, type Markup, type MarkupElement } from './markup.js'

/** Rows of a {@link DataTable} under a heading of their own, or under none. */
export interface RowGroup {
  readonly heading?: string
  /** The first cell names the row. */
  readonly rows: readonly (readonly Markup[])[]
}

/** A table of a report. */
export interface DataTable {
  readonly caption: string
  /** Whether cells are figures, whose lines must not break. */
  readonly hasFigures?: boolean
  readonly head: readonly string[]
  readonly groups: readonly RowGroup[]
}

/**
 * A table that scrolls by itself where it is wider than the page, and can be reached by keyboard for that.
 *
 * @param isTitled whether what stands above it says what the caption says, which then is for screen readers alone.
 */
export function htmlTable(
  { caption, head, groups, hasFigures = false }: DataTable,
  isTitled = false,
): MarkupElement {
  return element(
    'div',
    { class: 'scroll', role: 'group', tabindex: 0, 'aria-label': caption },
    element(
      'table',
      { class: hasFigures ? 'figures' : undefined },
      element('caption', { class: isTitled ? 'titled' : undefined }, caption),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          head.map((text) => (text === '' ? element('td', {}) : element('th', { scope: 'col' }, text))),
        ),
      ),
      groups.map(({ heading, rows }) =>
        element(
          'tbody',
          {},
          heading === undefined
            ? []
            : element(
                'tr',
                { class: 'group' },
                element('th', { scope: 'rowgroup', colspan: head.length }, heading),
              ),
          rows.map((cells) => element('tr', {}, cells.map(cell))),
        ),
      ),
    ),
  )
}

function cell(content: Markup, column: number): MarkupElement {
  return column === 0 ? element('th', { scope: 'row' }, content) : element('td', {}, content)
}

/** Items in the order given; nothing for none. */
export function htmlList(items: readonly Markup[], attributes: { readonly class?: string } = {}): Markup {
  if (items.length === 0) return []
  return element(
    'ul',
    attributes,
    items.map((item) => element('li', {}, item)),
  )
}
