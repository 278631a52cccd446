import type { ItemProperty, UserAttribute } from '@veilrec/core'
import { withDuckDB } from '../../duckdb/with-duckdb.js'
import type { RawData } from '../../raw-data.js'
import type { ReadRequest } from '../dataset-source.js'
import { BadRows } from '../bad-rows.js'
import { hashFiles } from './hash-files.js'
import { readInteractions } from './read-interactions.js'
import { readItems } from './read-items.js'
import { readUsers } from './read-users.js'
import type { TablePlan } from './table-plan.js'

/** What DuckDB may use; the arrays that are read come on top of it. 20 million rows with short ids fit. */
const memoryLimit = '1500MB'

/**
 * Reads what a plan names, at any size: memory holds 16 bytes for each interaction, the ids, and up to 1.5 GB of DuckDB, which
 * spills to `scratch` what is more.
 *
 * Users and items are numbered as their files list them; then come those that only the interactions name, by their ids.
 * These users have no attribute value, these items their id as title and no property.
 *
 * @throws VeilrecError what {@link readUsers}, {@link readItems} and {@link readInteractions} throw
 */
export async function readTable(
  plan: TablePlan,
  { onBadRow, minRating }: { readonly onBadRow: 'fail' | 'skip'; readonly minRating?: number | undefined },
  { scratch, signal }: Pick<ReadRequest, 'scratch' | 'signal'>,
): Promise<RawData> {
  const badRows = new BadRows(onBadRow)
  const { users, items, interactions } = await withDuckDB(
    signal,
    async (connection) => {
      const listedUsers = await readUsers(connection, plan, badRows)
      const listedItems = await readItems(connection, plan, badRows)
      const read = await readInteractions(
        connection,
        plan,
        minRating,
        listedUsers.numbers,
        listedItems.numbers,
        badRows,
      )
      return { users: listedUsers, items: listedItems, interactions: read }
    },
    { memoryLimit, scratch },
  )
  const userIds = [...users.numbers.keys()]
  const itemIds = [...items.numbers.keys()]
  const notes = [...users.notes, ...items.notes]
  const { user, item, time, belowMinRating, path } = interactions
  return {
    userIds,
    itemIds,
    ...(items.titles === undefined
      ? {}
      : { itemTitles: [...items.titles, ...itemIds.slice(items.titles.length)] }),
    attributes: users.attributes.map((attribute) => extendAttribute(attribute, userIds.length)),
    user,
    item,
    time,
    ...(items.properties.length === 0
      ? {}
      : { itemProperties: items.properties.map((property) => extendProperty(property, itemIds.length)) }),
    ...(minRating === undefined ? {} : { belowMinRating }),
    skipped: badRows.skipped(),
    ...(notes.length === 0 ? {} : { notes }),
    files: await hashFiles(
      [users.path, items.path, path].filter((one) => one !== undefined),
      signal,
    ),
  }
}

/** The attribute with no value for the users that follow. */
function extendAttribute({ codes, ...attribute }: UserAttribute, numUsers: number): UserAttribute {
  const extended = new Int16Array(numUsers).fill(-1)
  extended.set(codes)
  return { ...attribute, codes: extended }
}

/** The property with no value for the items that follow. */
function extendProperty({ offsets, ...property }: ItemProperty, numItems: number): ItemProperty {
  const extended = new Int32Array(numItems + 1).fill(offsets.at(-1)!)
  extended.set(offsets)
  return { ...property, offsets: extended }
}
