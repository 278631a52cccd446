import { leaveOneOutTargets, popularity, type Dataset } from '@veilrec/core'
import { bundlePropertyColumn } from '@veilrec/runtime'
import { parquetWriteBuffer } from 'hyparquet-writer'

import { veilrecVersion } from '../version.js'

/** One column of a Parquet file. */
interface Column {
  readonly name: string
  readonly type: 'INT32' | 'STRING' | 'STRINGS' | 'INT32S'
  readonly data: Int32Array | readonly unknown[]
}

/**
 * The catalogue as Parquet: `item` (index from 1), `id` (original), `title` where the data has titles, `popularity` (how often the item
 * occurs in the training interactions) and `property_NAME` (list of values).
 */
export function catalogueTable(dataset: Dataset): Uint8Array {
  const { numItems, itemIds, itemTitles, itemProperties = [], histories } = dataset
  const counts = new Float64Array(numItems + 1)
  popularity(leaveOneOutTargets(histories, 'validation').known, numItems).score(0, new Int32Array(), counts)
  const rows = Array.from({ length: numItems }, (_, row) => row + 1)
  return table([
    { name: 'item', type: 'INT32', data: Int32Array.from(rows) },
    { name: 'id', type: 'STRING', data: itemIds.slice(1) },
    ...(itemTitles === undefined
      ? []
      : [{ name: 'title', type: 'STRING', data: itemTitles.slice(1) } as const]),
    { name: 'popularity', type: 'INT32', data: Int32Array.from(counts.subarray(1)) },
    ...itemProperties.map(({ name, values, offsets, codes }): Column => ({
      name: bundlePropertyColumn(name),
      type: 'STRINGS',
      data: rows.map((item) =>
        Array.from(codes.subarray(offsets[item], offsets[item + 1]), (code) => values[code]!),
      ),
    })),
  ])
}

/** Whole histories as Parquet: `id` of the user, `items` (list of item indices, oldest first). Nothing else about anybody. */
export function historyTable({ userIds, histories: { offsets, items } }: Dataset): Uint8Array {
  return table([
    { name: 'id', type: 'STRING', data: [...userIds] },
    {
      name: 'items',
      type: 'INT32S',
      data: userIds.map((_, user) => Array.from(items.subarray(offsets[user], offsets[user + 1]))),
    },
  ])
}

/** The bytes follow from the columns and the version alone. */
function table(columns: readonly Column[]): Uint8Array {
  const schema = columns.flatMap(({ name, type }) => {
    const element =
      type === 'INT32' || type === 'INT32S'
        ? { type: 'INT32' as const }
        : { type: 'BYTE_ARRAY' as const, converted_type: 'UTF8' as const }
    if (type === 'INT32' || type === 'STRING')
      return [{ name, repetition_type: 'REQUIRED' as const, ...element }]
    return [
      { name, converted_type: 'LIST' as const, repetition_type: 'REQUIRED' as const, num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED' as const, num_children: 1 },
      { name: 'element', repetition_type: 'REQUIRED' as const, ...element },
    ]
  })
  const buffer = parquetWriteBuffer({
    columnData: columns.map(({ name, data }) => ({ name, data: data as unknown[] })),
    schema: [{ name: 'root', num_children: columns.length }, ...schema],
    createdBy: `veilrec ${veilrecVersion}`,
  })
  return new Uint8Array(buffer)
}
