import { VeilrecError } from '@veilrec/core'
import { writeFileAtomic } from './atomic-file.js'
import { withFile } from './file-access.js'
import { parseHeader, parseHeaderLength, prefixBytes } from './safetensors-header.js'
import { assertFits, bytesOf, elementTypeOf, elementTypes, type StoredTensor } from './stored-tensor.js'

/** What a safetensors file holds. */
export interface SafetensorsContent {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** Free text by key: the file's `__metadata__`. */
  readonly metadata: ReadonlyMap<string, string>
}

/**
 * Tensors and metadata as the successive pieces of a safetensors file
 * (https://huggingface.co/docs/safetensors): header length in 8 bytes, JSON header padded to a multiple of 8,
 * data without gaps.
 *
 * Equal content gives equal bytes whatever the order of the maps: the data is laid out by element type, widest
 * first, then by name, as the reference implementation does. The pieces are views of the arrays, not copies.
 * No tensors give a valid file. Throws `INVALID_ARGUMENT` for a shape that does not fit its data, the reserved
 * name `__metadata__`, or text that is not valid Unicode.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): readonly Uint8Array[] {
  const fields: string[] = []
  if (metadata.size > 0) {
    const pairs = [...metadata].sort(byKey).map(([key, text]) => `${quote(key)}:${quote(text)}`)
    fields.push(`"__metadata__":{${pairs.join(',')}}`)
  }
  const pieces: Uint8Array[] = []
  let begin = 0
  for (const [name, tensor] of inFileOrder(tensors)) {
    assertFits(tensor, name)
    if (name === '__metadata__') {
      throw new VeilrecError('INVALID_ARGUMENT', 'a tensor cannot be named __metadata__', { name })
    }
    const end = begin + tensor.data.byteLength
    const dtype = elementTypeOf(tensor.data).safetensors
    const shape = tensor.shape.join(',')
    fields.push(`${quote(name)}:{"dtype":"${dtype}","shape":[${shape}],"data_offsets":[${begin},${end}]}`)
    pieces.push(bytesOf(tensor.data))
    begin = end
  }
  return [encodeHeader(`{${fields.join(',')}}`), ...pieces]
}

/**
 * The content of a safetensors file in memory; the arrays are copies. `path` only names the file in messages.
 *
 * Throws `FILE_MALFORMED` for every departure from the format, `FILE_UNSUPPORTED` for a data type other than
 * F32, F64, I64, I32, I16 and U8.
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): SafetensorsContent {
  const dataStart = prefixBytes + parseHeaderLength(bytes.subarray(0, prefixBytes), bytes.length, path)
  const header = parseHeader(bytes.subarray(prefixBytes, dataStart), bytes.length - dataStart, path)
  const tensors = new Map<string, StoredTensor>()
  for (const { name, type, shape, length, begin, end } of header.entries) {
    const data = type.allocate(length)
    bytesOf(data).set(bytes.subarray(dataStart + begin, dataStart + end))
    tensors.set(name, { shape, data })
  }
  return { tensors, metadata: header.metadata }
}

/**
 * Reads a safetensors file, each tensor straight into its own array, so that memory holds the data once.
 * Throws as {@link decodeSafetensors}, and `FILE_UNREADABLE` when the operating system refuses.
 */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
  return withFile(path, async (file) => {
    const prefix = new Uint8Array(Math.min(prefixBytes, file.size))
    await file.read(prefix, 0)
    const headerBytes = new Uint8Array(parseHeaderLength(prefix, file.size, path))
    await file.read(headerBytes, prefixBytes)
    const dataStart = prefixBytes + headerBytes.length
    const header = parseHeader(headerBytes, file.size - dataStart, path)
    const tensors = new Map<string, StoredTensor>()
    for (const { name, type, shape, length, begin } of header.entries) {
      const data = type.allocate(length)
      await file.read(bytesOf(data), dataStart + begin)
      tensors.set(name, { shape, data })
    }
    return { tensors, metadata: header.metadata }
  })
}

/** Writes a safetensors file atomically; throws as {@link encodeSafetensors} and `FILE_UNWRITABLE`. */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata))
}

function encodeHeader(json: string): Uint8Array {
  const text = new TextEncoder().encode(json)
  const header = new Uint8Array(prefixBytes + Math.ceil(text.length / 8) * 8).fill(0x20)
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - prefixBytes), true)
  header.set(text, prefixBytes)
  return header
}

function inFileOrder(tensors: ReadonlyMap<string, StoredTensor>): [string, StoredTensor][] {
  const rank = ({ data }: StoredTensor): number => elementTypes.indexOf(elementTypeOf(data))
  return [...tensors].sort((a, b) => rank(a[1]) - rank(b[1]) || byKey(a, b))
}

/** Orders by UTF-8 bytes, as the reference implementation does; JavaScript's own order is by UTF-16 units. */
function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function quote(text: string): string {
  if (/\p{Surrogate}/u.test(text)) {
    throw new VeilrecError('INVALID_ARGUMENT', `${JSON.stringify(text)} is not valid Unicode`, { text })
  }
  return JSON.stringify(text)
}
