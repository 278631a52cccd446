import { addDataset, addDatasetStages, type SourceName } from '@veilrec/data'

import { withCommandHints, type CommandHints } from '../command-hints.js'
import type { CliContext } from '../context.js'
import { settings } from '../parse.js'
import { perform } from '../perform.js'
import { renderCard } from '../render/card.js'

/** Flags of `veilrec data add`. */
export interface DataAddFlags {
  readonly from?: string
  readonly source?: string
  readonly mapping?: string
  readonly onBadRow?: 'fail' | 'skip'
  readonly seed: number
  readonly option?: readonly string[]
  readonly json: boolean
}

const hints: CommandHints = {
  DATA_MALFORMED_ROW: ({ hint }) =>
    `${hint === undefined ? '' : `${hint}; or `}leave such rows out with --on-bad-row skip`,
  DATA_FILES_MISSING: ({ hint }) => hint?.replaceAll('`from`', '--from'),
  INVALID_ARGUMENT: ({ details: { sources } }) =>
    Array.isArray(sources) ? `Name one with --source: ${sources.join(', ')}.` : undefined,
}

/** `veilrec data add NAME` */
export async function dataAdd(this: CliContext, flags: DataAddFlags, name: string): Promise<void> {
  const { from, source, mapping, onBadRow, seed, option = [], json } = flags
  const options = {
    ...(mapping === undefined ? {} : { mapping }),
    ...(onBadRow === undefined ? {} : { onBadRow }),
    ...settings(option),
  }
  await perform(this, {
    json,
    work: ({ home, signal, onProgress }) =>
      withCommandHints(
        name,
        () =>
          addDataset({
            home,
            name,
            seed,
            signal,
            options,
            // The library checks the name of the source and every option.
            ...(from === undefined ? {} : { from }),
            ...(source === undefined ? {} : { source: source as SourceName }),
            onProgress: (stage) =>
              onProgress({ stage, done: addDatasetStages.indexOf(stage), total: addDatasetStages.length }),
          }),
        hints,
      ),
    render: (card) => `${renderCard(card)}\n\nNext: veilrec train --dataset ${name} --model sasrec`,
  })
}
