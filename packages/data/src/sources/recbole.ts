import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { DuckDBConnection } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { withDuckDB } from '../duckdb/with-duckdb.js'
import { defineSource, ratingOptionsSchema } from './dataset-source.js'
import { readFeatures, type Feature } from './recbole-features.js'
import { listOption, numbersByNameOption } from './recbole-options.js'
import { readTable } from './table/read-table.js'
import type { AttributePlan, TablePlan } from './table/table-plan.js'

/** Options of {@link recbole}. The columns default to RecBole's own names; all are given without their type. */
export const recboleOptionsSchema = ratingOptionsSchema.extend({
  /** The X of `X.inter`, where the folder holds several. */
  dataset: z.string().min(1).optional(),
  /** Column of the user's id. */
  user: z.string().min(1).default('user_id'),
  /** Column of the item's id. */
  item: z.string().min(1).default('item_id'),
  /** Column of the time. */
  time: z.string().min(1).default('timestamp'),
  /** Unit of the times. */
  timeUnit: z.enum(['seconds', 'milliseconds']).default('seconds'),
  /** Column of the rating, for `minRating`. */
  rating: z.string().min(1).default('rating'),
  /** Columns of `X.user` that are attributes, such as `gender,age`; all that fit when left out. */
  attributes: listOption.optional(),
  /** Lower edges of all classes but the first of a number, such as `age:18,25,35;income:1000`. */
  bins: numbersByNameOption.default({}),
  /** Column of `X.item` that holds the title; one whose name ends in `title` or `name` when left out. */
  title: z.string().min(1).optional(),
  /** Columns of `X.item` that are item properties, such as `genre`; all tokens but the title when left out. */
  properties: listOption.optional(),
})

/** Options of {@link recbole} as given, before defaults. */
export type RecboleOptions = z.input<typeof recboleOptionsSchema>

/**
 * RecBole's atomic files (Zhao et al. 2021, https://recbole.io/atomic_files.html): `X.inter` and, where they are there, `X.user`
 * and `X.item`; tab separated without quotation marks, each column of the header as `name:type`.
 *
 * An attribute that is not chosen is guessed (see `GuessedAttribute`), and what is left out is noted. `float` is a number,
 * `token` a category, `token_seq` a list of tokens, which can be a property of items and not an attribute.
 *
 * Errors: `DATA_FILES_MISSING`, `DATA_MALFORMED_ROW` (with `file:line`), `DATA_TIME_UNIT`, `CONFIG_INVALID`, `DATA_EMPTY`,
 * `DATA_UNREADABLE`.
 */
export const recbole = defineSource(
  'recbole',
  { notice: 'Not known: see where the data comes from.', page: 'https://recbole.io/dataset_list.html' },
  recboleOptionsSchema,
  async (request, options) => {
    const folder = resolve(request.from ?? missingFolder())
    const dataset = await findDataset(folder, options.dataset)
    const { plan, notes } = await withDuckDB(request.signal, (connection) =>
      makePlan(connection, folder, dataset, options),
    )
    const raw = await readTable(plan, options, request)
    const allNotes = [...notes, ...(raw.notes ?? [])]
    return { ...raw, ...(allNotes.length === 0 ? {} : { notes: allNotes }) }
  },
)

interface FoundDataset {
  readonly name: string
  /** Endings of the atomic files that are there. */
  readonly endings: readonly string[]
}

async function findDataset(folder: string, wanted: string | undefined): Promise<FoundDataset> {
  const files = await readdir(folder).catch((error: unknown) => {
    throw filesMissing(`${folder}: ${(error as Error).message}`)
  })
  const names = files.filter((file) => file.endsWith('.inter')).map((file) => file.slice(0, -'.inter'.length))
  const name = wanted ?? (names.length === 1 ? names[0]! : undefined)
  if (name !== undefined && names.includes(name)) {
    return {
      name,
      endings: ['inter', 'user', 'item'].filter((ending) => files.includes(`${name}.${ending}`)),
    }
  }
  const found =
    names.length === 0 ? 'no file that ends in .inter' : names.map((one) => `${one}.inter`).join(', ')
  throw filesMissing(
    `${folder}: ${wanted === undefined ? '' : `no ${wanted}.inter; `}there is ${found}`,
    names,
  )
}

/** The plan that the headers and the options make, and what was left out. */
async function makePlan(
  connection: DuckDBConnection,
  folder: string,
  { name, endings }: FoundDataset,
  options: z.output<typeof recboleOptionsSchema>,
): Promise<{ readonly plan: TablePlan; readonly notes: readonly string[] }> {
  const notes: string[] = []
  const featuresOf = async (ending: string): Promise<Feature[] | undefined> =>
    endings.includes(ending) ? readFeatures(connection, join(folder, `${name}.${ending}`)) : undefined
  const format = { encoding: 'utf-8', quotes: false, delimiter: '\t' } as const
  const interactions = (await featuresOf('inter'))!
  const users = await featuresOf('user')
  const items = await featuresOf('item')
  const rating = interactions.find((feature) => feature.name === options.rating)
  const title = items === undefined ? undefined : titleOf(items, options)
  const plan: TablePlan = {
    mapping: {
      interactions: {
        ...format,
        file: `${name}.inter`,
        user: columnOf(interactions, options.user),
        item: columnOf(interactions, options.item),
        time: { column: columnOf(interactions, options.time), unit: options.timeUnit },
        ...(rating === undefined ? {} : { rating: rating.column }),
      },
      ...(users === undefined
        ? {}
        : {
            users: {
              ...format,
              file: `${name}.user`,
              id: columnOf(users, options.user),
              attributes: attributesOf(users, options, notes),
            },
          }),
      ...(items === undefined
        ? {}
        : {
            items: {
              ...format,
              file: `${name}.item`,
              id: columnOf(items, options.item),
              ...(title === undefined ? {} : { title: title.column }),
              properties: propertiesOf(items, title, options),
            },
          }),
    },
    folder,
    // What is wrong is said of the file and its header, the mapping being our own.
    place: ([part, ...keys]) =>
      [`${name}.${part === 'interactions' ? 'inter' : part!.slice(0, -1)}`, ...keys].join(' '),
    sayUnit: 'set the option timeUnit',
    sayBins: 'set the option bins, such as bins=age:18,25,35,',
    ...(options.properties === undefined ? { maxPropertyValues } : {}),
  }
  return { plan, notes }
}

/** Most different values of an item property that nobody asked for. */
const maxPropertyValues = 10_000

/** The column of a feature as the header has it; a name that is not there is left to the reader, who says what there is. */
function columnOf(features: readonly Feature[], name: string): string {
  return features.find((feature) => feature.name === name)?.column ?? name
}

function attributesOf(
  features: readonly Feature[],
  { user, attributes: chosen, bins }: z.output<typeof recboleOptionsSchema>,
  notes: string[],
): Record<string, AttributePlan> {
  const fitting = chosen ?? features.map(({ name }) => name).filter((name) => name !== user)
  const names = [...new Set([...fitting, ...Object.keys(bins)])]
  return Object.fromEntries(
    names.flatMap((name): [string, AttributePlan][] => {
      const feature = features.find((one) => one.name === name)
      const column = feature?.column ?? name
      const edges = bins[name]
      if (edges !== undefined) return [[name, { type: 'number', column, bins: [...edges], missing: [] }]]
      if (feature?.type === 'float') return [[name, { type: 'number', column, missing: [] }]]
      if (chosen !== undefined) return [[name, { type: 'category', column, missing: [] }]]
      if (feature?.type === 'token') return [[name, { type: 'guess', column, missing: [] }]]
      notes.push(`${name}: left out, as a ${feature?.type} is not an attribute`)
      return []
    }),
  )
}

function titleOf(
  features: readonly Feature[],
  { title, item }: z.output<typeof recboleOptionsSchema>,
): Feature | undefined {
  if (title !== undefined)
    return features.find(({ name }) => name === title) ?? { name: title, column: title, type: 'token' }
  return features.find(
    ({ name, type }) => name !== item && type.startsWith('token') && /(^|_)(title|name)$/i.test(name),
  )
}

function propertiesOf(
  features: readonly Feature[],
  title: Feature | undefined,
  { item, properties: chosen }: z.output<typeof recboleOptionsSchema>,
): Record<string, { column: string; separator?: string }> {
  const tokens = features.filter(
    ({ name, type }) => type.startsWith('token') && name !== item && name !== title?.name,
  )
  const names = chosen ?? tokens.map(({ name }) => name)
  return Object.fromEntries(
    names.map((name) => {
      const feature = features.find((one) => one.name === name)
      const separator = feature?.type === 'token_seq' ? { separator: ' ' } : {}
      return [name, { column: feature?.column ?? name, ...separator }]
    }),
  )
}

function missingFolder(): never {
  throw filesMissing(
    'the source "recbole" needs the folder that holds X.inter and, if there are any, X.user and X.item',
  )
}

function filesMissing(message: string, datasets: readonly string[] = []): VeilrecError {
  const hint =
    datasets.length > 1
      ? `name one of them with the option dataset, such as dataset=${datasets[0]}`
      : 'give the folder of the atomic files as `from`'
  return new VeilrecError('DATA_FILES_MISSING', message, { datasets }, hint)
}
