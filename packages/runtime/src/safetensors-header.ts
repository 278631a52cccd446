import { VeilrecError } from '@veilrec/core'
import { malformed } from './file-access.js'
import { countElements, elementTypes, type ElementType } from './stored-tensor.js'
import { findDuplicateKey } from './json-duplicates.js'

/** One tensor of a safetensors file: where its bytes lie, counted from the end of the header. */
export interface SafetensorsEntry {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  /** Number of elements. */
  readonly length: number
  readonly begin: number
  readonly end: number
}

/** The header of a safetensors file, checked: the entries cover the data without gap or overlap. */
export interface SafetensorsHeader {
  /** By position in the file. */
  readonly entries: readonly SafetensorsEntry[]
  readonly metadata: ReadonlyMap<string, string>
}

/** The most bytes a header may have, the limit of the reference implementation. */
const maxHeaderBytes = 100_000_000

/** Bytes before the header: its length as a little-endian 64-bit integer. */
export const prefixBytes = 8

/** Reads the header length from the first 8 bytes and checks it against the size of the file. */
export function parseHeaderLength(prefix: Uint8Array, fileSize: number, path: string): number {
  if (fileSize < prefixBytes || prefix.length < prefixBytes) {
    throw malformed(path, 0, `${fileSize} bytes are too few for a safetensors file`)
  }
  const length = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (length > BigInt(maxHeaderBytes)) {
    throw malformed(path, 0, `a header of ${length} bytes is over the limit of ${maxHeaderBytes}`)
  }
  if (Number(length) > fileSize - prefixBytes) {
    throw malformed(path, 0, `a header of ${length} bytes does not fit a file of ${fileSize} bytes`)
  }
  return Number(length)
}

/**
 * Parses a safetensors header and checks every claim it makes before anything is allocated: types, shapes, and
 * that the tensors cover the `dataLength` bytes after the header exactly once.
 *
 * Throws `FILE_MALFORMED` naming the tensor and the byte, or `FILE_UNSUPPORTED` for a data type that Veilrec
 * does not read.
 */
export function parseHeader(header: Uint8Array, dataLength: number, path: string): SafetensorsHeader {
  const fields = parseJson(header, path)
  const dataStart = prefixBytes + header.length
  const metadata = new Map<string, string>()
  const entries: SafetensorsEntry[] = []
  for (const [name, value] of Object.entries(fields)) {
    if (!isRecord(value))
      throw malformed(path, prefixBytes, `tensor ${quote(name)} is not described by an object`)
    if (name === '__metadata__') {
      for (const [key, text] of Object.entries(value)) {
        if (typeof text !== 'string') throw malformed(path, prefixBytes, `metadata ${quote(key)} is not text`)
        metadata.set(key, text)
      }
    } else entries.push(parseEntry(name, value, path))
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  let covered = 0
  for (const { name, begin, end } of entries) {
    if (begin !== covered) {
      const problem =
        begin < covered ? 'overlaps the tensor before it' : 'leaves a gap after the tensor before it'
      throw malformed(
        path,
        dataStart + begin,
        `tensor ${quote(name)} ${problem}, which ends at byte ${dataStart + covered}`,
      )
    }
    covered = end
  }
  if (covered !== dataLength) {
    const problem = `the header describes ${covered} bytes of data, the file has ${dataLength}`
    throw malformed(path, dataStart + Math.min(covered, dataLength), problem)
  }
  return { entries, metadata }
}

function parseJson(header: Uint8Array, path: string): Record<string, unknown> {
  if (header[0] !== 0x7b) throw malformed(path, prefixBytes, 'the header does not begin with {')
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header)
  } catch {
    throw malformed(path, prefixBytes, 'the header is not valid UTF-8')
  }
  let fields: unknown
  try {
    fields = JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw malformed(path, prefixBytes, `the header is not valid JSON (${reason})`)
  }
  const duplicate = findDuplicateKey(text)
  if (duplicate !== undefined)
    throw malformed(path, prefixBytes, `the header names ${quote(duplicate)} twice`)
  if (!isRecord(fields)) throw malformed(path, prefixBytes, 'the header is not an object')
  return fields
}

function parseEntry(name: string, fields: Record<string, unknown>, path: string): SafetensorsEntry {
  const fail = (problem: string): VeilrecError =>
    malformed(path, prefixBytes, `tensor ${quote(name)}: ${problem}`)
  const unknown = Object.keys(fields).find((key) => !['dtype', 'shape', 'data_offsets'].includes(key))
  if (unknown !== undefined) throw fail(`unknown field ${quote(unknown)}`)
  const { dtype, shape, data_offsets: offsets } = fields
  if (typeof dtype !== 'string') throw fail('dtype is not text')
  if (!isNumbers(shape)) throw fail('shape is not a list of numbers')
  const length = countElements(shape)
  if (length === undefined) throw fail(`shape [${shape.join(', ')}] is not a shape`)
  if (!isNumbers(offsets) || offsets.length !== 2) throw fail('data_offsets are not two numbers')
  const [begin = -1, end = -1] = offsets
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || end < begin) {
    throw fail(`data_offsets [${begin}, ${end}] are not a range`)
  }
  const type = elementTypes.find(({ safetensors }) => safetensors === dtype)
  if (type === undefined) {
    const supported = elementTypes.map(({ safetensors }) => safetensors).join(', ')
    throw new VeilrecError(
      'FILE_UNSUPPORTED',
      `${path}: tensor ${quote(name)} has the data type ${quote(dtype)}, which is not read here`,
      { path, name, dtype },
      `Convert the tensor to one of ${supported}.`,
    )
  }
  if (end - begin !== length * type.size) {
    throw fail(
      `shape [${shape.join(', ')}] of ${dtype} needs ${length * type.size} bytes, data_offsets give ${end - begin}`,
    )
  }
  return { name, type, shape, length, begin, end }
}

function quote(text: string): string {
  // A damaged header can hold a name of any length; a message should not.
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number')
}
