import { buildCommand, type Command } from '@stricli/core'

import type { VeilFlags } from '../actions/veil.js'
import type { CliContext } from '../context.js'
import { jsonFlag, runArgument, threadsFlag } from '../flags.js'
import { nonEmpty } from '../parse.js'

/** `veilrec veil` */
export const veilCommand: Command<CliContext> = buildCommand<VeilFlags, [run: string], CliContext>({
  loader: async () => (await import('../actions/veil.js')).veilRun,
  parameters: {
    flags: {
      method: {
        kind: 'enum',
        values: ['linear-erasure'],
        default: 'linear-erasure',
        brief: 'How the attributes are hidden',
      },
      attributes: {
        kind: 'parsed',
        parse: nonEmpty,
        variadic: ',',
        placeholder: 'NAMES',
        brief: 'Attributes to hide together, separated by commas',
      },
      threads: threadsFlag,
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Put a veil on a trained recommender',
    fullDescription:
      'Put a veil on a trained recommender, from the labels of the defence users only.\n\n' +
      '  veilrec veil latest --method linear-erasure --attributes gender',
  },
})
