import { buildCommand, type Command } from '@stricli/core'

import type { RecommendFlags } from '../actions/recommend.js'
import type { CliContext } from '../context.js'
import { jsonFlag, runArgument } from '../flags.js'
import { nonEmpty, positiveNumber } from '../parse.js'

/** `veilrec recommend` */
export const recommendCommand: Command<CliContext> = buildCommand<RecommendFlags, [run: string], CliContext>({
  loader: async () => (await import('../actions/recommend.js')).recommendRun,
  parameters: {
    flags: {
      user: {
        kind: 'parsed',
        parse: nonEmpty,
        placeholder: 'ID',
        brief: 'User id as the source of the data has it',
      },
      veil: {
        kind: 'parsed',
        parse: nonEmpty,
        variadic: ',',
        optional: true,
        placeholder: 'NAMES',
        brief: 'Attributes that the recommender must not know, separated by commas',
      },
      top: {
        kind: 'parsed',
        parse: positiveNumber,
        default: '10',
        placeholder: 'N',
        brief: 'Number of items',
      },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [runArgument] },
  },
  docs: {
    brief: 'Recommend to one user, with and without a veil',
    fullDescription:
      'Recommend items that a user has not had, with and without a veil side by side.\n\n' +
      '  veilrec recommend latest --user 42 --veil gender',
  },
})
