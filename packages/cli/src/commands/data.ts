import { buildCommand, buildRouteMap } from '@stricli/core'

import type { DataAddFlags } from '../actions/data-add.js'
import type { DataCardFlags } from '../actions/data-card.js'
import type { DataListFlags } from '../actions/data-list.js'
import type { CliContext } from '../context.js'
import { jsonFlag, seedFlag } from '../flags.js'
import { keyValue, nonEmpty } from '../parse.js'

const nameArgument = { parse: nonEmpty, brief: 'Name of the data set', placeholder: 'name' } as const

const add = buildCommand<DataAddFlags, [name: string], CliContext>({
  loader: async () => (await import('../actions/data-add.js')).dataAdd,
  parameters: {
    flags: {
      from: {
        kind: 'parsed',
        parse: nonEmpty,
        optional: true,
        placeholder: 'DIR',
        brief: 'Folder of the published files',
      },
      source: {
        kind: 'parsed',
        parse: nonEmpty,
        optional: true,
        placeholder: 'NAME',
        brief: 'Kind of data: ml-1m or simulated; the name by default',
      },
      seed: seedFlag,
      option: {
        kind: 'parsed',
        parse: keyValue,
        optional: true,
        variadic: true,
        placeholder: 'KEY=VALUE',
        brief: 'Option of the source, such as kCore=5; may be repeated',
      },
      json: jsonFlag,
    },
    positional: { kind: 'tuple', parameters: [nameArgument] },
  },
  docs: {
    brief: 'Read, filter, split and store a data set',
    fullDescription:
      'Read, filter, split and store a data set.\n\n' +
      '  veilrec data add ml-1m --from ~/Downloads/ml-1m\n' +
      '  veilrec data add simulated --option strength=0.8',
  },
})

const list = buildCommand<DataListFlags, [], CliContext>({
  loader: async () => (await import('../actions/data-list.js')).dataList,
  parameters: { flags: { json: jsonFlag } },
  docs: { brief: 'List the data sets' },
})

const card = buildCommand<DataCardFlags, [name: string], CliContext>({
  loader: async () => (await import('../actions/data-card.js')).dataCard,
  parameters: { flags: { json: jsonFlag }, positional: { kind: 'tuple', parameters: [nameArgument] } },
  docs: { brief: 'Show what a data set holds, and its licence' },
})

/** `veilrec data ...` */
export const dataRoutes = buildRouteMap({
  routes: { add, list, card },
  docs: { brief: 'Add and describe data sets' },
})
