import { VeilrecError } from '@veilrec/core'
import { writeFileAtomic } from './atomic-file.js'
import { malformed, withFile } from './file-access.js'
import { maxPrefixBytes, parseNpyHeader, parseNpyPrefix } from './npy-header.js'
import { assertFits, bytesOf, elementTypeOf, type StoredTensor } from './stored-tensor.js'

/** numpy pads the header so that the data starts at a multiple of this. */
const alignment = 64

/**
 * An array as the successive pieces of an npy file, version 1.0 (NEP 1), the bytes `numpy.save` writes; the
 * second piece is a view of the array, not a copy. Throws `INVALID_ARGUMENT` for a shape that does not fit.
 */
export function encodeNpy(tensor: StoredTensor): readonly Uint8Array[] {
  assertFits(tensor, 'npy')
  const { shape, data } = tensor
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`
  const fields = `{'descr': '${elementTypeOf(data).npy}', 'fortran_order': False, 'shape': ${tuple}, }`
  // numpy leaves room for the first length to grow to 21 digits in place, so that files can be appended to.
  const growth = ' '.repeat(shape.length === 0 ? 0 : 21 - String(shape[0]).length)
  const used = 10 + fields.length + growth.length + 1
  const text = `${fields}${growth}${' '.repeat(alignment - (used % alignment))}\n`
  if (text.length > 0xffff) {
    throw new VeilrecError('INVALID_ARGUMENT', `${shape.length} dimensions are too many for an npy file`, {
      shape,
    })
  }
  const header = new Uint8Array(10 + text.length)
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8])
  header.set(new TextEncoder().encode(text), 10)
  return [header, bytesOf(data)]
}

/**
 * The array of an npy file in memory (versions 1.0, 2.0 and 3.0); the array is a copy. `path` only names the
 * file in messages.
 *
 * Reads `<f4`, `<f8`, `<i8` (as `BigInt64Array`), `<i4`, `<i2` and `|u1` in C order. Anything else, pickled
 * objects above all, is refused with `FILE_UNSUPPORTED` and the reason; bytes that are missing, left over or
 * no npy at all with `FILE_MALFORMED`.
 */
export function decodeNpy(bytes: Uint8Array, path: string): StoredTensor {
  const prefix = parseNpyPrefix(bytes.subarray(0, maxPrefixBytes), bytes.length, path)
  const { type, shape, length } = parseNpyHeader(
    bytes.subarray(prefix.headerStart, prefix.dataStart),
    prefix,
    path,
  )
  checkSize(prefix.dataStart, length * type.size, bytes.length, path)
  const data = type.allocate(length)
  bytesOf(data).set(bytes.subarray(prefix.dataStart))
  return { shape, data }
}

/** Reads an npy file; throws as {@link decodeNpy}, and `FILE_UNREADABLE` when the operating system refuses. */
export async function readNpy(path: string): Promise<StoredTensor> {
  return withFile(path, async (file) => {
    const start = new Uint8Array(Math.min(maxPrefixBytes, file.size))
    await file.read(start, 0)
    const prefix = parseNpyPrefix(start, file.size, path)
    const header = new Uint8Array(prefix.dataStart - prefix.headerStart)
    await file.read(header, prefix.headerStart)
    const { type, shape, length } = parseNpyHeader(header, prefix, path)
    checkSize(prefix.dataStart, length * type.size, file.size, path)
    const data = type.allocate(length)
    await file.read(bytesOf(data), prefix.dataStart)
    return { shape, data }
  })
}

/** Writes an npy file atomically; throws as {@link encodeNpy} and `FILE_UNWRITABLE`. */
export async function writeNpy(path: string, tensor: StoredTensor): Promise<void> {
  await writeFileAtomic(path, encodeNpy(tensor))
}

function checkSize(dataStart: number, expected: number, fileSize: number, path: string): void {
  const found = fileSize - dataStart
  if (found === expected) return
  const at = dataStart + Math.min(found, expected)
  throw malformed(path, at, `the header describes ${expected} bytes of data, the file has ${found}`)
}
