import { listDatasets, sourceNames } from '@veilrec/data'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderTable } from '../render/table.js'

/** Flags of `veilrec data list`. */
export interface DataListFlags {
  readonly json: boolean
}

/** `veilrec data list` */
export async function dataList(this: CliContext, { json }: DataListFlags): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => listDatasets(home),
    render: (cards) =>
      cards.length === 0
        ? `No data set yet. Add one with veilrec data add NAME; there are ${sourceNames.join(', ')}.`
        : renderTable(
            ['data set', 'source', 'users', 'items', 'interactions', 'attributes'],
            cards.map(({ name, source, counts, attributes }) => [
              name,
              source,
              counts.users,
              counts.items,
              counts.interactions,
              attributes.map((attribute) => attribute.name).join(', '),
            ]),
          ),
  })
}
