import { datasetCard } from '@veilrec/data'

import { withCommandHints } from '../command-hints.js'
import type { CliContext } from '../context.js'
import { perform } from '../perform.js'
import { renderCard } from '../render/card.js'

/** Flags of `veilrec data card`. */
export interface DataCardFlags {
  readonly json: boolean
}

/** `veilrec data card NAME` */
export async function dataCard(this: CliContext, { json }: DataCardFlags, name: string): Promise<void> {
  await perform(this, {
    json,
    work: ({ home }) => withCommandHints(name, () => datasetCard(home, name)),
    render: renderCard,
  })
}
