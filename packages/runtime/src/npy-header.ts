import { VeilrecError } from '@veilrec/core'
import { malformed } from './file-access.js'
import { countElements, elementTypes, type ElementType } from './stored-tensor.js'

/** Where the header and the data of an npy file begin, in bytes. */
export interface NpyPrefix {
  readonly headerStart: number
  readonly dataStart: number
}

/** What the header of an npy file says. */
export interface NpyHeader {
  readonly type: ElementType
  readonly shape: readonly number[]
  /** Number of elements. */
  readonly length: number
}

/** Magic string, version and the longer form of the header length. */
export const maxPrefixBytes = 12

/** A header lists one number per dimension; more than this is no header. numpy's own limit is 10,000. */
const maxHeaderBytes = 65_536

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** Reads magic string, version and header length, and checks them against the size of the file. */
export function parseNpyPrefix(start: Uint8Array, fileSize: number, path: string): NpyPrefix {
  if (start.length < 10 || magic.some((byte, i) => start[i] !== byte)) {
    throw malformed(path, 0, 'the file does not begin as an npy file does')
  }
  const version = start[6] ?? 0
  if (version < 1 || version > 3 || start[7] !== 0) {
    throw unsupported(path, `npy version ${version}.${start[7]}`, 'Versions 1.0, 2.0 and 3.0 are read.')
  }
  const headerStart = version === 1 ? 10 : 12
  if (start.length < headerStart)
    throw malformed(path, start.length, 'the file ends inside the header length')
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength)
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (headerLength > maxHeaderBytes) {
    throw malformed(path, 8, `a header of ${headerLength} bytes is over the limit of ${maxHeaderBytes}`)
  }
  if (headerLength > fileSize - headerStart) {
    throw malformed(path, 8, `a header of ${headerLength} bytes does not fit a file of ${fileSize} bytes`)
  }
  return { headerStart, dataStart: headerStart + headerLength }
}

/** Parses the Python dictionary in the header; nothing in it is ever evaluated. */
export function parseNpyHeader(header: Uint8Array, { headerStart }: NpyPrefix, path: string): NpyHeader {
  const text = new TextDecoder('utf-8').decode(header).trim()
  const fields = parseDictionary(text)
  const descr = fields?.get('descr')
  const order = fields?.get('fortran_order')
  const tuple = fields?.get('shape')
  if (fields?.size !== 3 || descr === undefined || order === undefined || tuple === undefined) {
    throw malformed(path, headerStart, `the header is not a dictionary of descr, fortran_order and shape`)
  }
  const type = elementTypes.find(({ npy }) => descr === `'${npy}'` || descr === `"${npy}"`)
  if (type === undefined) throw refuseType(path, descr)
  const shape = parseTuple(tuple)
  const length = shape === undefined ? undefined : countElements(shape)
  if (shape === undefined || length === undefined)
    throw malformed(path, headerStart, `the shape is ${clip(tuple)}`)
  if (order === 'True') {
    throw unsupported(path, 'an array in Fortran order', 'Save numpy.ascontiguousarray(array) instead.')
  }
  if (order !== 'False') throw malformed(path, headerStart, `fortran_order is ${clip(order)}`)
  return { type, shape, length }
}

/** Keys and the source text of their values; `undefined` where the text is no flat dictionary. */
function parseDictionary(text: string): Map<string, string> | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined
  const fields = new Map<string, string>()
  let rest = text.slice(1, -1).trim()
  while (rest !== '') {
    const key = /^(?:'(\w+)'|"(\w+)")\s*:\s*/.exec(rest)
    const name = key?.[1] ?? key?.[2]
    if (key === null || name === undefined || fields.has(name)) return undefined
    rest = rest.slice(key[0].length)
    const end = endOfValue(rest)
    fields.set(name, rest.slice(0, end).trim())
    rest = rest.slice(end + 1).trim()
  }
  return fields
}

/** The position of the comma that ends a value, or of the end of the text. */
function endOfValue(text: string): number {
  let depth = 0
  let quote = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? ''
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === "'" || character === '"') quote = character
    else if (character === '(' || character === '[') depth++
    else if (character === ')' || character === ']') depth--
    else if (character === ',' && depth === 0) return i
  }
  return text.length
}

/** The numbers of a Python tuple such as `()`, `(3,)` or `(3, 4)`. */
function parseTuple(text: string): number[] | undefined {
  const inside = /^\(([\d,\s]*)\)$/.exec(text)?.[1]?.trim()
  if (inside === undefined) return undefined
  if (inside === '') return []
  const parts = inside.split(',').map((part) => part.trim())
  const isSingle = parts.length === 2 && parts[1] === ''
  if (isSingle || parts.at(-1) === '') parts.pop()
  else if (parts.length === 1) return undefined
  return parts.every((part) => /^\d+$/.test(part)) ? parts.map(Number) : undefined
}

function refuseType(path: string, descr: string): VeilrecError {
  const supported = `Save the array as one of ${elementTypes.map(({ npy }) => npy).join(', ')}.`
  if (descr.includes('O')) {
    const what = 'an array of Python objects, which only unpickling could read, and unpickling runs code'
    return unsupported(path, what, supported)
  }
  if (descr.startsWith('[')) return unsupported(path, 'an array with a structured data type', supported)
  if (descr.includes('>')) return unsupported(path, `a big-endian array (${clip(descr)})`, supported)
  return unsupported(path, `an array of data type ${clip(descr)}`, supported)
}

function unsupported(path: string, what: string, hint: string): VeilrecError {
  return new VeilrecError('FILE_UNSUPPORTED', `${path}: holds ${what}`, { path, what }, hint)
}

/** A damaged header can hold a value of any length; a message should not. */
function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
}
