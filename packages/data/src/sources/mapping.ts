import { z } from 'zod'

const column = z.string().min(1)

/** Keys of everything that is read from a file. */
const fileKeys = {
  /** Path of a `.csv`, `.tsv` or `.parquet` file, relative to the folder of the data. */
  file: z.string().min(1),
  /** What stands between two fields of a text file; a comma for `.csv`, a tab for `.tsv`. */
  delimiter: z.string().min(1).optional(),
  /** Encoding of a text file. */
  encoding: z.enum(['utf-8', 'latin-1']).default('utf-8'),
  /** Whether fields of a text file may stand in quotation marks; `false` where these are characters like others. */
  quotes: z.boolean().default(true),
  /** Names of the columns of a text file that has no header line, in order. */
  columns: z.array(column).min(1).optional(),
}

/** Name of an attribute or property; it becomes part of file names and lists. */
const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,39}$/, {
  message: 'a name is up to 40 letters, digits, dashes and underscores, starting with a letter',
})

const ascending = (edges: readonly number[]): boolean =>
  edges.every((edge, i) => i === 0 || edge > edges[i - 1]!)

/** How a user attribute is read: its schema in a mapping. */
export const attributeMappingSchema = z
  .strictObject({
    /** The column; the attribute's own name when left out. */
    column: column.optional(),
    /** `category`: every different value is a class; `number`: values are put into bins. */
    type: z.enum(['category', 'number']).default('category'),
    /**
     * Lower edges of all classes of a number but the first, ascending: `[18, 25]` makes "under 18", "18-24" and "25 and over".
     * When left out, quartiles: four groups of users of about equal size.
     */
    bins: z.array(z.number()).min(1).refine(ascending, 'must be ascending, each edge once').optional(),
    /**
     * Name of the class for each value of a category; values may share one. Classes are in this order, and any other value is
     * malformed. When left out, every value names its own class, in the order of the characters.
     */
    classes: z.record(z.string(), z.string().min(1)).optional(),
    /** Values that stand for none, besides the empty one. */
    missing: z.array(z.string()).default([]),
  })
  .refine(({ type, bins }) => type === 'number' || bins === undefined, {
    path: ['bins'],
    message: 'only an attribute of type number has bins',
  })
  .refine(({ type, classes }) => type === 'category' || classes === undefined, {
    path: ['classes'],
    message: 'only an attribute of type category has classes',
  })

/** Unit of times: seconds or milliseconds since 1970, or ISO 8601 (UTC where no offset is given). */
export const timeUnits = ['seconds', 'milliseconds', 'iso'] as const

/** One of {@link timeUnits}. */
export type TimeUnit = (typeof timeUnits)[number]

/**
 * What the columns of files mean: which is the user, the item, the time, the rating; which attributes users have, and
 * which properties items have. A mapping file holds it in YAML.
 *
 * @example
 * interactions: { file: ratings.csv, user: userId, item: movieId, time: timestamp, rating: rating }
 * users: { file: users.csv, id: userId, attributes: { gender: {}, age: { type: number, bins: [18, 35, 50] } } }
 * items: { file: movies.csv, id: movieId, title: title, properties: { genre: { column: genres, separator: '|' } } }
 */
export const mappingSchema = z.strictObject({
  interactions: z.strictObject({
    ...fileKeys,
    /** Column of the user's id. */
    user: column,
    /** Column of the item's id. */
    item: column,
    /** Column of the time: in seconds since 1970 (or a timestamp of Parquet) when only a name, else in `unit`. */
    time: z.union([column, z.strictObject({ column, unit: z.enum(timeUnits) })]),
    /** Column of the rating, for the option `minRating`. */
    rating: column.optional(),
  }),
  /** Leave it out where nothing is known of the users. */
  users: z
    .strictObject({
      ...fileKeys,
      /** Column of the user's id; one row per user. */
      id: column,
      /** By name. */
      attributes: z.record(name, attributeMappingSchema),
    })
    .optional(),
  /** Leave it out where nothing is known of the items. */
  items: z
    .strictObject({
      ...fileKeys,
      /** Column of the item's id; one row per item. */
      id: column,
      /** Column of the title. */
      title: column.optional(),
      /** By name. */
      properties: z
        .record(
          name,
          z.strictObject({
            /** The column; the property's own name when left out. */
            column: column.optional(),
            /** Stands between several values; a single value when left out. Lists of Parquet need none. */
            separator: z.string().min(1).optional(),
          }),
        )
        .default({}),
    })
    .optional(),
})

/** A mapping with its defaults. */
export type Mapping = z.output<typeof mappingSchema>

/** A mapping as given, before defaults. */
export type MappingInput = z.input<typeof mappingSchema>

/** Resolved {@link attributeMappingSchema}. */
export type AttributeMapping = z.output<typeof attributeMappingSchema>
