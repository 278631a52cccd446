import type { DatasetCard } from '@veilrec/data'

import { cardOrigin, cardShape, splitRows, type CardPair } from '../../reading/card-lines.js'
import { cardWarnings } from '../../reading/card-warnings.js'
import { htmlList, htmlTable } from '../data-table.js'
import { element, type Markup } from '../markup.js'

/** The card of a data set: counts, histories, splits, group sizes, where it is from, and what to distrust (rule 1). */
export function dataCardPart(card: DatasetCard): Markup {
  const { name, attributes, itemProperties, notes } = card
  const warnings = [...cardWarnings(card), ...notes]
  return [
    warnings.length === 0 ? [] : element('div', { class: 'warning' }, htmlList(warnings)),
    pairs(`Shape of ${name}`, cardShape(card)),
    htmlTable({
      caption: 'Splits: interactions (users)',
      head: ['split', 'train', 'validation', 'test'],
      groups: [{ rows: splitRows(card) }],
    }),
    htmlTable({
      caption: 'Groups of users',
      head: ['value', 'users'],
      groups: attributes.map(({ name: attribute, classes, missing }) => ({
        heading: attribute,
        rows: [
          ...classes.map((one) => [one.name, String(one.users)]),
          ...(missing === 0 ? [] : [['(no value)', String(missing)]]),
        ],
      })),
    }),
    itemProperties.length === 0
      ? []
      : htmlTable({
          caption: 'Properties of items',
          head: ['property', 'values', 'items without'],
          groups: [
            { rows: itemProperties.map((one) => [one.name, String(one.values), String(one.missing)]) },
          ],
        }),
    pairs(`Origin of ${name}`, cardOrigin(card)),
  ]
}

/** Lines of a card as a table of two columns. */
function pairs(caption: string, lines: readonly CardPair[]): Markup {
  return htmlTable({
    caption,
    head: ['what', 'value'],
    groups: [
      { rows: lines.map(([name, value]) => [name, element('span', { class: 'long' }, String(value))]) },
    ],
  })
}
