import { z } from 'zod'
import type { Rng } from '@veilrec/core'
import { parseOptions } from '../parse-options.js'
import type { RawData } from '../raw-data.js'

/**
 * Options every source takes; a source's own schema extends this one. They are applied in this order: `minInteractions`,
 * `kCore`, `maxHistory`.
 */
export const filterOptionsSchema = z.strictObject({
  /** Users with fewer interactions are dropped, once and before anything else; 1 keeps all. */
  minInteractions: z.int().min(1).default(1),
  /** Users and items with fewer interactions are dropped, again and again until none is left; 1 keeps all. */
  kCore: z.int().min(1).default(5),
  /**
   * Only this many of a user's newest interactions are kept; all when left out. Items may then have fewer interactions
   * than `kCore` says.
   */
  maxHistory: z.int().min(1).optional(),
})

/** Resolved {@link filterOptionsSchema}. */
export type FilterOptions = z.output<typeof filterOptionsSchema>

/** Options every source that reads files takes. */
export const fileOptionsSchema = filterOptionsSchema.extend({
  /** What becomes of a row that is not in form: `fail` stops there, `skip` leaves it out and counts it. */
  onBadRow: z.enum(['fail', 'skip']).default('fail'),
})

/** Options every source that reads ratings takes. */
export const ratingOptionsSchema = fileOptionsSchema.extend({
  /** Interactions with a lower rating are dropped before anything is counted; every rating counts when left out. */
  minRating: z.number().optional(),
})

/** {@link fileOptionsSchema} as given, before defaults. */
export type FileOptions = z.input<typeof fileOptionsSchema>

/** {@link ratingOptionsSchema} as given, before defaults; all the options of the MovieLens sources. */
export type RatingOptions = z.input<typeof ratingOptionsSchema>

/** Terms under which the data may be used, copied into every data set made from it. */
export interface Licence {
  readonly notice: string
  /** The publisher's page. */
  readonly page?: string
}

/** What a source needs in order to read. */
export interface ReadRequest {
  /** Folder of the published files; absent for sources that make their data. */
  readonly from?: string
  /** A stream of the source's own. */
  readonly rng: Rng
  /**
   * A folder for temporary files, on the disk of the data set. It is not there yet; who needs it makes it (DuckDB makes
   * its `temp_directory` itself), and it is removed when reading ends, well or not.
   */
  readonly scratch: string
  readonly signal?: AbortSignal
}

/** A source whose options are checked: the resolved options, and the way to read with them. */
export interface ConfiguredSource {
  readonly options: FilterOptions & Readonly<Record<string, unknown>>
  readonly read: (request: ReadRequest) => Promise<RawData>
}

/**
 * A kind of data Veilrec can take in. Adding one is one file and one line in the registry.
 *
 * `read` leaves nothing behind and gives the same data for the same files, options and random stream.
 */
export interface DatasetSource {
  /** As typed by the user, such as `ml-1m`. */
  readonly name: string
  readonly licence: Licence
  /** Checks options; throws `INVALID_ARGUMENT`. */
  readonly configure: (options: unknown) => ConfiguredSource
}

/** Builds a {@link DatasetSource} from the schema of its options and a function that reads with them. */
export function defineSource<S extends z.ZodType<FilterOptions & Readonly<Record<string, unknown>>>>(
  name: string,
  licence: Licence,
  schema: S,
  read: (request: ReadRequest, options: z.output<S>) => Promise<RawData>,
): DatasetSource {
  return {
    name,
    licence,
    configure: (given) => {
      const options = parseOptions(schema, given, `options of the source "${name}"`)
      return { options, read: (request) => read(request, options) }
    },
  }
}
