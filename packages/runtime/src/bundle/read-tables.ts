import type { Histories, ItemProperty } from '@veilrec/core'

import { corruptBundle, type BundleManifest } from './bundle-manifest.js'
import type { BundleCatalogue } from './catalogue.js'

/** Column of the catalogue that holds a property's values, as in a data set. */
export function bundlePropertyColumn(name: string): string {
  return `property_${name}`
}

/** The catalogue in the bytes of a Parquet file with the columns `item`, `id`, `popularity`, and `title` and `property_NAME`. */
export async function readCatalogue(
  bytes: Uint8Array,
  { file, items, hasTitles, properties }: BundleManifest['catalogue'],
  path: string,
): Promise<BundleCatalogue> {
  const columns = await readColumns(bytes, path)
  const column = (name: string): readonly unknown[] => wanted(columns, name, items, path, file)
  const numbers = column('item')
  if (!numbers.every((item, row) => item === row + 1)) {
    throw corruptBundle(path, `${file}: the items are not numbered from 1`)
  }
  const popularity = new Float64Array(items + 1)
  column('popularity').forEach((count, row) => {
    if (!Number.isSafeInteger(count) || (count as number) < 0) {
      throw corruptBundle(path, `${file}: popularity of row ${row} is no count`)
    }
    popularity[row + 1] = count as number
  })
  const ids = ['', ...texts(column('id'), path, file)]
  if (new Set(ids).size !== ids.length) throw corruptBundle(path, `${file}: an id stands twice`)
  return {
    ids,
    titles: hasTitles ? ['', ...texts(column('title'), path, file)] : undefined,
    popularity,
    properties: properties.map((name) => propertyOf(name, column(bundlePropertyColumn(name)), path, file)),
  }
}

/** Histories of users by their id, from a Parquet file with the columns `id` and `items` (a list of item indices, oldest first). */
export async function readHistories(
  bytes: Uint8Array,
  { file, users, items }: { readonly file: string; readonly users: number; readonly items: number },
  path: string,
): Promise<{ readonly users: ReadonlyMap<string, number>; readonly histories: Histories }> {
  const columns = await readColumns(bytes, path)
  const ids = texts(wanted(columns, 'id', users, path, file), path, file)
  const rows = wanted(columns, 'items', users, path, file).map((row) => {
    const list = Array.from(row as ArrayLike<number>)
    if (list.every((item) => Number.isSafeInteger(item) && item >= 1 && item <= items)) return list
    throw corruptBundle(path, `${file}: a history holds what is no item`)
  })
  const offsets = new Int32Array(users + 1)
  rows.forEach((row, user) => (offsets[user + 1] = offsets[user]! + row.length))
  const known = new Map(ids.map((id, user) => [id, user]))
  if (known.size !== users) throw corruptBundle(path, `${file}: a user stands twice`)
  return { users: known, histories: { offsets, items: Int32Array.from(rows.flat()) } }
}

async function readColumns(bytes: Uint8Array, path: string): Promise<ReadonlyMap<string, unknown[]>> {
  const { parquetRead } = await import('hyparquet')
  const columns = new Map<string, unknown[]>()
  try {
    await parquetRead({
      file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
      onChunk({ columnName, columnData, rowStart }) {
        const column = columns.get(columnName) ?? []
        for (let i = 0; i < columnData.length; i++) column[rowStart + i] = columnData[i]
        columns.set(columnName, column)
      },
    })
  } catch (error) {
    throw corruptBundle(path, (error as Error).message)
  }
  return columns
}

function wanted(
  columns: ReadonlyMap<string, unknown[]>,
  name: string,
  rows: number,
  path: string,
  file: string,
): readonly unknown[] {
  const column = columns.get(name)
  if (column?.length === rows) return column
  throw corruptBundle(
    path,
    `${file}: the column ${name} has ${column?.length ?? 'no'} rows instead of ${rows}`,
  )
}

function texts(values: readonly unknown[], path: string, file: string): string[] {
  return values.map((value) => {
    if (typeof value === 'string') return value
    throw corruptBundle(path, `${file}: a text is missing`)
  })
}

function propertyOf(name: string, rows: readonly unknown[], path: string, file: string): ItemProperty {
  const lists = rows.map((row) => texts(Array.from(row as ArrayLike<unknown>), path, file))
  const values = [...new Set(lists.flat())].sort()
  const places = new Map(values.map((value, code) => [value, code]))
  const offsets = new Int32Array(lists.length + 2)
  lists.forEach((list, row) => (offsets[row + 2] = offsets[row + 1]! + list.length))
  return { name, values, offsets, codes: Int32Array.from(lists.flat(), (value) => places.get(value)!) }
}
