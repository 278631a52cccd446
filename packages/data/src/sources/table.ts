import { z } from 'zod'
import { VeilrecError } from '@veilrec/core'
import { parseOptions } from '../parse-options.js'
import { ratingOptionsSchema, type DatasetSource } from './dataset-source.js'
import type { MappingInput } from './mapping.js'
import { readMapping } from './mapping-file.js'
import { readTable } from './table/read-table.js'

/** Options of {@link table}. */
export const tableOptionsSchema = ratingOptionsSchema.extend({
  /** What the columns mean: the path of a YAML file, or the same as an object; see `mappingSchema`. */
  mapping: z.union([z.string().min(1), z.looseObject({}).transform((given) => given as MappingInput)], {
    error:
      'needed is a YAML file that says what the columns mean, such as "interactions: { file: ratings.csv, ' +
      'user: userId, item: movieId, time: timestamp }"',
  }),
})

/** Options of {@link table} as given, before defaults. */
export type TableOptions = Omit<z.input<typeof tableOptionsSchema>, 'mapping'> & {
  readonly mapping: string | MappingInput
}

/**
 * Any CSV, TSV or Parquet files, described by a mapping (`mappingSchema`).
 *
 * Ids are texts and stay as they are; white space around one is malformed. Users or items that are listed twice are an
 * error. Files are relative to `from`, or else to the folder of the mapping's file.
 *
 * Errors: `CONFIG_INVALID` and `FILE_UNREADABLE` for the mapping; `DATA_FILES_MISSING`, `DATA_MALFORMED_ROW` (with
 * `file:line`, or the row of a Parquet file), `DATA_TIME_UNIT`, `DATA_EMPTY`, `DATA_UNREADABLE`.
 */
export const table: DatasetSource = {
  name: 'table',
  licence: { notice: 'Not known: see where the data comes from.' },
  configure: (given) => {
    const { mapping, ...options } = parseOptions(tableOptionsSchema, given, 'options of the source "table"')
    const located = readMapping(mapping)
    return {
      // What the mapping says, not where it lies, is what the data depends on.
      options: { ...options, mapping: located.mapping },
      read: async (request) => {
        const folder = request.from ?? located.folder
        if (folder === undefined) {
          throw new VeilrecError(
            'DATA_FILES_MISSING',
            'the source "table" needs the folder that holds the files of the mapping',
            { files: located.mapping.interactions.file },
            'give the folder as `from`',
          )
        }
        const plan = {
          ...located,
          folder,
          sayUnit: 'say so in the mapping: time: { column: ..., unit: ... }',
          sayBins: 'type: number and bins in the mapping',
        }
        return readTable(plan, options, request)
      },
    }
  },
}
