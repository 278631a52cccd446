import { createHash } from 'node:crypto'
import type { PreparedData } from './prepared-data.js'

/**
 * SHA-256 (hex) over everything in the data but its name: ids, titles, attributes, histories and times.
 *
 * It is taken from the values, not from the Parquet files, whose bytes depend on the writer: each part as its name and
 * length followed by little-endian numbers or by JSON text.
 */
export function contentHash(data: PreparedData): string {
  const { attributes, histories } = data
  return hashParts([
    ['userIds', data.userIds],
    ['itemIds', data.itemIds],
    ['itemTitles', data.itemTitles ?? []],
    ['attributes', attributes.flatMap(({ name, classes }) => [name, String(classes.length), ...classes])],
    ...attributes.map(({ codes }): Part => ['codes', codes]),
    ['offsets', histories.offsets],
    ['items', histories.items],
    ['times', data.times],
  ])
}

/** SHA-256 (hex) over the group of every user. */
export function userSplitHash(userGroup: Uint8Array): string {
  return hashParts([['userGroup', userGroup]])
}

/** SHA-256 (hex) over content and splits: `Dataset.hash`. */
export function datasetHash(content: string, userSplit: string): string {
  return hashParts([['dataset', [content, userSplit]]])
}

type Part = readonly [
  name: string,
  values: readonly string[] | Uint8Array | Int16Array | Int32Array | Float64Array,
]

// Every platform that ONNX Runtime and DuckDB are built for is little-endian, so the arrays' own bytes are canonical.
function hashParts(parts: readonly Part[]): string {
  const hash = createHash('sha256')
  for (const [name, values] of parts) {
    hash.update(`${name} ${values.length}\n`)
    if (Array.isArray(values)) hash.update(JSON.stringify(values))
    else if (ArrayBuffer.isView(values))
      hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  }
  return hash.digest('hex')
}
