import { addDataset, addDatasetStages, type SourceName } from '@veilrec/data'

import type { CliContext } from '../context.js'
import { settings } from '../parse.js'
import { perform } from '../perform.js'
import { renderCard } from '../render/card.js'

/** Flags of `veilrec data add`. */
export interface DataAddFlags {
  readonly from?: string
  readonly source?: string
  readonly seed: number
  readonly option?: readonly string[]
  readonly json: boolean
}

/** `veilrec data add NAME` */
export async function dataAdd(this: CliContext, flags: DataAddFlags, name: string): Promise<void> {
  const { from, source, seed, option, json } = flags
  await perform(this, {
    json,
    work: ({ home, signal, onProgress }) =>
      addDataset({
        home,
        name,
        seed,
        signal,
        // The library checks the name of the source and every option.
        ...(from === undefined ? {} : { from }),
        ...(source === undefined ? {} : { source: source as SourceName }),
        ...(option === undefined ? {} : { options: settings(option) }),
        onProgress: (stage) =>
          onProgress({ stage, done: addDatasetStages.indexOf(stage), total: addDatasetStages.length }),
      }),
    render: (card) => `${renderCard(card)}\n\nNext: veilrec train --dataset ${name} --model sasrec`,
  })
}
