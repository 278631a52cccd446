import type { AttributeMapping, Mapping } from '../mapping.js'

/**
 * An attribute of which only the column is known: a category; or, where it has more than 20 different values and all are
 * numbers, a number in quartiles. It is left out where it would have more than 50 classes, or a number has a value of its
 * own for more than half of the users, and then points at single people.
 */
export interface GuessedAttribute {
  readonly column: string
  readonly type: 'guess'
  readonly missing: readonly string[]
}

/** How an attribute is to be read. */
export type AttributePlan = AttributeMapping | GuessedAttribute

type MappedUsers = NonNullable<Mapping['users']>

/** What is to be read from which files: a mapping in which attributes may be left to a guess. */
export interface TablePlan {
  readonly mapping: Omit<Mapping, 'users'> & {
    readonly users?:
      | (Omit<MappedUsers, 'attributes'> & { readonly attributes: Readonly<Record<string, AttributePlan>> })
      | undefined
  }
  /** Folder to which the files are relative. */
  readonly folder: string
  /** Where a key of the mapping was given, for messages. */
  readonly place: (path: readonly string[]) => string
  /** How the user says that the unit of times is another, such as `set the option timeUnit`. */
  readonly sayUnit: string
  /** How the user says which bins an attribute has. */
  readonly sayBins: string
  /** Most different values of an item property that is worth keeping; one with more is left out. Any when left out. */
  readonly maxPropertyValues?: number
}

/** A file as a mapping names it. */
export type FileMapping = Pick<
  Mapping['interactions'],
  'file' | 'delimiter' | 'encoding' | 'quotes' | 'columns'
>
