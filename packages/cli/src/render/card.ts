import type { DatasetCard } from '@veilrec/data'

import { fixed, percent } from './numbers.js'
import { renderPairs, renderTable } from './table.js'

/** A data set's card for a person: counts, shape of the histories, sizes of the groups, licence. */
export function renderCard({
  name,
  source,
  counts,
  statistics,
  attributes,
  splits,
  licence,
  sha256,
}: DatasetCard): string {
  const { min, q05, q25, median, q75, q95, max } = statistics.historyLength
  const groups = splits.userGroups.users
  return [
    renderPairs([
      ['data set', `${name} (source ${source})`],
      ['users', counts.users],
      ['items', counts.items],
      ['interactions', counts.interactions],
      ['density', fixed(statistics.density, 5)],
      [
        'history length',
        `min ${min}, 5 % ${q05}, 25 % ${q25}, median ${median}, 75 % ${q75}, 95 % ${q95}, max ${max}`,
      ],
      ['tied interactions', percent(statistics.tieRate)],
      ['users with a tied last item', percent(statistics.lastItemTiedShare)],
      ['training newer than test target', percent(statistics.trainingNewerThanTarget)],
      [
        'user groups',
        `defence ${groups.defence}, attack-train ${groups.attackTrain}, ` +
          `attack-validation ${groups.attackValidation}, attack-test ${groups.attackTest}`,
      ],
      ['sha256', sha256],
      ['licence', licence.notice],
    ]),
    renderTable(
      ['attribute', 'users per value', 'missing'],
      attributes.map(({ name: attribute, classes, missing }) => [
        attribute,
        classes
          .map((one) => `${one.name} ${one.users}`)
          .join(', ')
          .replaceAll(/(.{50,70}?), /g, '$1,\n'),
        missing,
      ]),
    ),
  ].join('\n')
}
