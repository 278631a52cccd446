import type { DatasetCard } from '@veilrec/data'
import { cardOrigin, cardShape, cardWarnings, splitRows } from '@veilrec/lab'

import { renderPairs, renderTable } from './table.js'

/**
 * A data set's card for a person: counts, shape of the histories, sizes of splits and groups, hashes, licence, and what to
 * distrust (evaluation.md rule 1).
 */
export function renderCard(card: DatasetCard): string {
  const { attributes, itemProperties } = card
  return [
    renderPairs(cardShape(card)),
    renderTable(['interactions (users)', 'train', 'validation', 'test'], splitRows(card)),
    renderTable(
      ['attribute', 'users per value', 'missing'],
      attributes.map(({ name, classes, missing }) => [
        name,
        wrapped(classes.map((one) => `${one.name} ${one.users}`)),
        missing,
      ]),
    ),
    ...(itemProperties.length === 0
      ? []
      : [
          renderTable(
            ['item property', 'values', 'items without'],
            itemProperties.map(({ name, values, missing }) => [name, values, missing]),
          ),
        ]),
    renderPairs(cardOrigin(card)),
    ...card.notes.map((note) => `note: ${note}`),
    ...cardWarnings(card).map((warning) => `warning: ${warning}`),
  ].join('\n')
}

/** Long lists take several lines, so that a table stays narrow. */
function wrapped(parts: readonly string[]): string {
  return parts.join(', ').replaceAll(/(.{50,70}?), /g, '$1,\n')
}
