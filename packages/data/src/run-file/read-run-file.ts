import type { DuckDBConnection, DuckDBVector } from '@duckdb/node-api'
import { VeilrecError } from '@veilrec/core'
import { streamRows } from '../duckdb/stream-rows.js'
import { duckDBMessage, withDuckDB } from '../duckdb/with-duckdb.js'
import { groupByUser, type RowBlock } from './group-by-user.js'
import { createIdType } from './id-type.js'
import { lineOfRow } from './line-of-row.js'
import type { RunFile, UnknownIds } from './run-file.js'
import { runFileColumns, runFileQuery, type RunFileColumns } from './run-file-columns.js'

/** What {@link readRunFile} is asked to do. */
export interface ReadRunFileRequest {
  /** File with the columns `user,item,score` or `user,item,rank`; its ending says `.csv`, `.tsv` or `.parquet`. */
  readonly path: string
  /** The data set whose ids the file uses. */
  readonly dataset: {
    readonly name: string
    readonly userIds: readonly string[]
    /** By item index; entry 0 is padding. */
    readonly itemIds: readonly string[]
  }
  readonly signal?: AbortSignal
}

/**
 * Reads the lists of an outside recommender into typed arrays: 20 million rows take 12 bytes each, and twice that meanwhile.
 *
 * Ids are compared as text. Of ranks only the order counts. Rows of unknown users and items are left out and counted.
 *
 * @throws VeilrecError `FILE_UNREADABLE`, `DATA_UNREADABLE`; `RUN_FILE_INVALID` for wrong columns, no rows, or when most rows
 *   name users or items that the data set does not have; `DATA_MALFORMED_ROW` naming the line of a row that is out of
 *   form, is not finite, or repeats a user and item; `ABORTED`
 */
export async function readRunFile({ path, dataset, signal }: ReadRunFileRequest): Promise<RunFile> {
  const { userIds, itemIds } = dataset
  return withDuckDB(signal, async (connection) => {
    const columns = await runFileColumns(connection, path)
    await createIdType(connection, 'user_id', userIds)
    await createIdType(connection, 'item_id', itemIds.slice(1))
    const collected = await collect(connection, path, columns)
    const { blocks, rows, kept, unknownUsers, unknownItems } = collected
    if (rows === 0) {
      throw new VeilrecError('RUN_FILE_INVALID', `${path}: no rows`, { path })
    }
    if (kept < rows / 2) throw otherIds(path, dataset, collected)
    const grouped = groupByUser(blocks, userIds.length, itemIds.length - 1)
    if ('duplicate' in grouped) {
      const [again, first] = await Promise.all(
        [grouped.duplicate, grouped.of].map((row) => placeOfRow(path, row, columns)),
      )
      throw malformed(`${again}: the same user and item as ${first}`, 'Give each item once per user.')
    }
    return { ...grouped, rows, unknownUsers: unknown(unknownUsers), unknownItems: unknown(unknownItems) }
  })
}

interface Collected {
  readonly blocks: readonly RowBlock[]
  readonly rows: number
  /** Rows whose user and item are known. */
  readonly kept: number
  readonly unknownUsers: ReadonlySet<string>
  readonly unknownItems: ReadonlySet<string>
}

const blockRows = 1 << 18

async function collect(
  connection: DuckDBConnection,
  path: string,
  columns: RunFileColumns,
): Promise<Collected> {
  const blocks: {
    user: Int32Array
    item: Int32Array
    score: Float64Array
    row: Int32Array
    count: number
  }[] = []
  const unknownUsers = new Set<string>()
  const unknownItems = new Set<string>()
  let kept = 0
  let bad: { row: number; reason: string } | undefined
  const take = (
    [user, item, score, userText, itemText, isBad, given]: readonly DuckDBVector[],
    start: number,
    count: number,
  ): void => {
    let block = blocks.at(-1)
    for (let r = 0; r < count; r++) {
      if (isBad!.getItem(r) === true) {
        bad = {
          row: start + r,
          reason: reasonOf(
            [userText, itemText, given].map((texts) => texts!.getItem(r)),
            columns.order,
          ),
        }
        throw new Error('stop reading')
      }
      const u = user!.getItem(r) as number
      const i = item!.getItem(r) as number
      if (u < 0) unknownUsers.add(String(userText!.getItem(r)))
      if (i < 0) unknownItems.add(String(itemText!.getItem(r)))
      if (u < 0 || i < 0) continue
      if (block === undefined || block.count === blockRows) {
        block = {
          user: new Int32Array(blockRows),
          item: new Int32Array(blockRows),
          score: new Float64Array(blockRows),
          row: new Int32Array(blockRows),
          count: 0,
        }
        blocks.push(block)
      }
      const at = block.count++
      block.user[at] = u
      block.item[at] = i + 1
      block.score[at] = score!.getItem(r) as number
      block.row[at] = start + r
      kept++
    }
  }
  try {
    const rows = await streamRows(connection, runFileQuery(columns, 'user_id', 'item_id'), take)
    return { blocks, rows, kept, unknownUsers, unknownItems }
  } catch (error) {
    if (bad !== undefined) throw malformed(`${await placeOfRow(path, bad.row, columns)}: ${bad.reason}`)
    throw unreadable(path, error)
  }
}

function reasonOf(texts: readonly unknown[], order: RunFileColumns['order']): string {
  const [user, item, given] = texts as readonly (string | null)[]
  if (!user) return 'the user is empty'
  if (!item) return 'the item is empty'
  return given ? `${order}: ${quote(given)} is not a finite number` : `the ${order} is empty`
}

async function placeOfRow(path: string, row: number, { delimiter }: RunFileColumns): Promise<string> {
  const line = delimiter === null ? null : await lineOfRow(path, row)
  return line === null ? `${path}: row ${row + 1}` : `${path}:${line}`
}

function malformed(message: string, hint?: string): VeilrecError {
  return new VeilrecError('DATA_MALFORMED_ROW', message, {}, hint)
}

/** DuckDB's error for a line that is not CSV, as ours; anything else is an unreadable file. */
function unreadable(path: string, error: unknown): VeilrecError {
  const message = error instanceof Error ? error.message : String(error)
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1]
  if (line === undefined)
    return new VeilrecError('DATA_UNREADABLE', `${path}: ${duckDBMessage(error)}`, { path })
  const fields = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message)
  const reason = fields
    ? `${fields[2]} fields instead of ${fields[1]}`
    : /unterminated quote/.test(message)
      ? 'a quote is not closed'
      : /unicode/.test(message)
        ? 'it is not UTF-8'
        : 'it is not a row of a separated file'
  return malformed(`${path}:${line}: ${reason}`)
}

function otherIds(
  path: string,
  { name, userIds, itemIds }: ReadRunFileRequest['dataset'],
  { rows, kept, unknownUsers, unknownItems }: Collected,
): VeilrecError {
  const sides = [
    ['users', unknown(unknownUsers), userIds.slice(0, 3)],
    ['items', unknown(unknownItems), itemIds.slice(1, 4)],
  ] as const
  const compared = sides
    .filter(([, { count }]) => count > 0)
    .map(
      ([what, { count, examples }, known]) =>
        `${count} unknown ${what} such as ${examples.slice(0, 3).map(quote).join(', ')} (the data set has ${known.map(quote).join(', ')})`,
    )
  return new VeilrecError(
    'RUN_FILE_INVALID',
    `${path}: ${rows - kept} of ${rows} rows do not match the ids of "${name}": ${compared.join('; ')}`,
    { path, rows, unmatched: rows - kept },
    'Write the original ids of the source, as in the files that the data set was added from, not indices of your own.',
  )
}

function unknown(ids: ReadonlySet<string>): UnknownIds {
  return { count: ids.size, examples: [...ids].slice(0, 5) }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text)
}
