import { createHash } from 'node:crypto'
import type { GlobalTimeSplit, Histories, ItemProperty } from '@veilrec/core'
import type { PreparedData } from './prepared-data.js'

/**
 * SHA-256 (hex) over ids, titles, attributes, histories and times: what a run depends on. Item properties have a hash of
 * their own, see {@link itemPropertiesHash}.
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

/** SHA-256 (hex) over names, values and codes of the item properties, in order. */
export function itemPropertiesHash(properties: readonly ItemProperty[]): string {
  return hashParts(
    properties.flatMap(({ name, values, offsets, codes }): Part[] => [
      ['property', [name, ...values]],
      ['offsets', offsets],
      ['codes', codes],
    ]),
  )
}

/** SHA-256 (hex) over every user's validation and test target under leave-one-out, 0 where there is none. */
export function leaveOneOutHash({ offsets, items }: Histories): string {
  const target = (back: number): Int32Array =>
    Int32Array.from({ length: offsets.length - 1 }, (_, user) => {
      const at = offsets[user + 1]! - back
      return at < offsets[user]! ? 0 : items[at]!
    })
  return hashParts([
    ['validation', target(2)],
    ['test', target(1)],
  ])
}

/** SHA-256 (hex) over the borders in time and in every history. */
export function globalTimeHash(split: GlobalTimeSplit): string {
  return hashParts([
    ['borders', Float64Array.of(split.validationFrom, split.testFrom)],
    ['train', split.trainLength],
    ['validation', split.validationLength],
  ])
}

/** SHA-256 (hex) over the evaluation candidates of every user. */
export function candidatesHash(candidates: {
  readonly validation: Histories
  readonly test: Histories
}): string {
  return hashParts([
    ['offsets', candidates.validation.offsets],
    ['validation', candidates.validation.items],
    ['offsets', candidates.test.offsets],
    ['test', candidates.test.items],
  ])
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
