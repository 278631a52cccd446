import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from './safetensors.js'
import type { StoredTensor } from './stored-tensor.js'

// safetensors.numpy.save of the Python package safetensors 0.8.0, numpy 2.4.6.
const golden = Buffer.from(
  '6AEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJucCJ9LCJiIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRzIjpbMCwxNl19LCJzIjp7ImR0eXBlIjoiRjY0Iiwic2hhcGUiOltdLCJkYXRhX29mZnNldHMiOlsxNiwyNF19LCJlbXB0eSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMCw0XSwiZGF0YV9vZmZzZXRzIjpbMjQsMjRdfSwidyI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwzXSwiZGF0YV9vZmZzZXRzIjpbMjQsNDhdfSwiw6Twn5iAIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbNDgsNTJdfSwiaSI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzUyLDY0XX0sImgiOnsiZHR5cGUiOiJJMTYiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOls2NCw2OF19LCJ1Ijp7ImR0eXBlIjoiVTgiLCJzaGFwZSI6WzVdLCJkYXRhX29mZnNldHMiOls2OCw3M119fSAgICAgIAEAAAAAACAA//////////8YLURU+yEJQAAAwD8AABDAAAAAAAAAgH8BAAAAAAAAgAAAgD8AAACABwAAAAEAAAAAgP9/AAECAwQ=',
  'base64',
)
const goldenEmpty = Buffer.from('CAAAAAAAAAB7fSAgICAgIA==', 'base64')

const goldenTensors = new Map<string, StoredTensor>([
  ['w', { shape: [2, 3], data: new Float32Array([1.5, -2.25, 0, Infinity, 1e-45, -0]) }],
  ['b', { shape: [2], data: new BigInt64Array([9007199254740993n, -1n]) }],
  ['s', { shape: [], data: new Float64Array([Math.PI]) }],
  ['i', { shape: [3], data: new Int32Array([-2147483648, 7, 1]) }],
  ['h', { shape: [2], data: new Int16Array([-32768, 32767]) }],
  ['u', { shape: [5], data: new Uint8Array([0, 1, 2, 3, 4]) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ['ä😀', { shape: [1], data: new Float32Array([1]) }],
])

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-safetensors-'))
})
afterAll(() => rm(folder, { recursive: true }))

const encode = (tensors: ReadonlyMap<string, StoredTensor>, metadata?: ReadonlyMap<string, string>): Buffer =>
  Buffer.concat(encodeSafetensors(tensors, metadata))

/** A file with the given header text and zeros for data. */
function file(header: string, dataLength = 0): Buffer {
  const text = Buffer.from(header)
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([prefix, text, Buffer.alloc(dataLength)])
}

function errorOf(bytes: Uint8Array): VeilrecError {
  try {
    decodeSafetensors(bytes, 'some.safetensors')
  } catch (error) {
    if (error instanceof VeilrecError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((product, n) => product * n, 1)
  const size = { minLength: length, maxLength: length }
  return fc
    .oneof(
      fc.float32Array(size),
      fc.float64Array(size),
      fc.bigInt64Array(size),
      fc.int32Array(size),
      fc.int16Array(size),
      fc.uint8Array(size),
    )
    .map((data): StoredTensor => ({ shape, data }))
})
const name = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => text !== '__metadata__')
const content = fc.tuple(
  fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((pairs) => new Map(pairs)),
  fc
    .array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 3 })
    .map((pairs) => new Map(pairs)),
)

describe('the reference implementation', () => {
  it('is read', () => {
    const { tensors, metadata } = decodeSafetensors(golden, 'golden')
    expect(tensors).toEqual(goldenTensors)
    expect(Object.is(tensors.get('w')?.data[5], -0)).toBe(true)
    expect(metadata).toEqual(new Map([['format', 'np']]))
    expect(decodeSafetensors(goldenEmpty, 'empty').tensors.size).toBe(0)
  })

  it('is met byte for byte, whatever the order of the map', () => {
    const metadata = new Map([['format', 'np']])
    expect(encode(goldenTensors, metadata)).toEqual(golden)
    expect(encode(new Map([...goldenTensors].reverse()), metadata)).toEqual(golden)
    expect(encode(new Map())).toEqual(goldenEmpty)
  })
})

describe('round trip', () => {
  it('keeps names, shapes, types, bits and metadata', () => {
    fc.assert(
      fc.property(content, ([tensors, metadata]) => {
        const decoded = decodeSafetensors(encode(tensors, metadata), 'memory')
        expect(decoded).toEqual({ tensors, metadata })
      }),
      { numRuns: 200 },
    )
  })

  it('goes through a file', async () => {
    const path = join(folder, 'weights.safetensors')
    const metadata = new Map([['step', '7']])
    await writeSafetensors(path, goldenTensors, metadata)
    expect(await readSafetensors(path)).toEqual({ tensors: goldenTensors, metadata })
    expect(await readdir(folder)).toEqual(['weights.safetensors'])
  })

  it('keeps a view that starts inside its buffer, and shared memory', async () => {
    const path = join(folder, 'views.safetensors')
    const shared = new Float32Array(new SharedArrayBuffer(8)).fill(3)
    const view = new Float32Array([1, 2, 3, 4]).subarray(1, 3)
    await writeSafetensors(
      path,
      new Map([
        ['v', { shape: [2], data: view }],
        ['s', { shape: [2], data: shared }],
      ]),
    )
    const { tensors } = await readSafetensors(path)
    expect(tensors.get('v')?.data).toEqual(new Float32Array([2, 3]))
    expect(tensors.get('s')?.data).toEqual(new Float32Array([3, 3]))
  })

  it('keeps a name that objects treat specially', () => {
    const tensors = new Map([['__proto__', { shape: [1], data: new Uint8Array([9]) }]])
    expect(decodeSafetensors(encode(tensors), 'memory').tensors).toEqual(tensors)
  })
})

describe('a damaged file', () => {
  const one = '"dtype":"F32","shape":[1]'
  const cases: [string, Buffer, RegExp][] = [
    ['no bytes', Buffer.alloc(0), /0 bytes are too few/],
    ['a cut prefix', Buffer.alloc(7), /7 bytes are too few/],
    [
      'a header longer than the file',
      file('{}').fill(9, 0, 1),
      /header of 9 bytes does not fit a file of 10/,
    ],
    ['a header over the limit', Buffer.alloc(16, 0xff), /over the limit of 100000000/],
    ['a header that is no object', file('[1]'), /does not begin with \{/],
    ['broken JSON', file('{"a":'), /not valid JSON/],
    ['broken UTF-8', file('{"a?":1}').fill(0xff, 11, 12), /not valid UTF-8/],
    [
      'a name used twice',
      file(`{"a":{${one},"data_offsets":[0,4]},"\\u0061":{${one},"data_offsets":[4,8]}}`, 8),
      /names "a" twice/,
    ],
    ['a field used twice', file(`{"a":{${one},"data_offsets":[0,4],"shape":[1]}}`, 4), /names "shape" twice/],
    ['a tensor that is a number', file('{"a":1}'), /"a" is not described by an object/],
    ['metadata that is no text', file('{"__metadata__":{"a":1}}'), /metadata "a" is not text/],
    ['an unknown field', file(`{"a":{${one},"data_offsets":[0,4],"x":1}}`, 4), /unknown field "x"/],
    [
      'a negative shape',
      file('{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}', 4),
      /\[-1\] is not a shape/,
    ],
    [
      'a shape that overflows behind a 0',
      file('{"a":{"dtype":"F32","shape":[9e15,9e15,0],"data_offsets":[0,0]}}'),
      /is not a shape/,
    ],
    ['a fractional offset', file(`{"a":{${one},"data_offsets":[0.5,4.5]}}`, 5), /are not a range/],
    ['offsets the wrong way round', file(`{"a":{${one},"data_offsets":[4,0]}}`, 4), /are not a range/],
    [
      'a range that does not fit the shape',
      file(`{"a":{${one},"data_offsets":[0,8]}}`, 8),
      /needs 4 bytes, data_offsets give 8/,
    ],
    [
      'an overlap',
      file(`{"a":{${one},"data_offsets":[0,4]},"b":{${one},"data_offsets":[2,6]}}`, 6),
      /"b" overlaps/,
    ],
    [
      'a gap',
      file(`{"a":{${one},"data_offsets":[0,4]},"b":{${one},"data_offsets":[6,10]}}`, 10),
      /"b" leaves a gap/,
    ],
    [
      'too little data',
      file(`{"a":{${one},"data_offsets":[0,4]}}`, 3),
      /describes 4 bytes of data, the file has 3/,
    ],
    [
      'data left over',
      file(`{"a":{${one},"data_offsets":[0,4]}}`, 5),
      /describes 4 bytes of data, the file has 5/,
    ],
  ]
  it.each(cases)('%s', (_, bytes, message) => {
    const error = errorOf(bytes)
    expect(error.code).toBe('FILE_MALFORMED')
    expect(error.message).toMatch(/^some\.safetensors: byte \d+: /)
    expect(error.message).toMatch(message)
    expect(error.details).toMatchObject({ path: 'some.safetensors', offset: expect.any(Number) })
  })

  it('names the byte of the file where an overlap begins', () => {
    const header = `{"a":{${one},"data_offsets":[0,4]},"b":{${one},"data_offsets":[2,6]}}`
    expect(errorOf(file(header, 6)).details['offset']).toBe(8 + header.length + 2)
  })

  it('does not confuse one key in two objects with a key used twice', () => {
    const bytes = file(`{"a":{${one},"data_offsets":[0,4]},"b":{${one},"data_offsets":[4,8]}}`, 8)
    expect(decodeSafetensors(bytes, 'memory').tensors.size).toBe(2)
  })

  it('of another data type is refused as such', () => {
    const error = errorOf(file('{"a":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}', 2))
    expect(error.code).toBe('FILE_UNSUPPORTED')
    expect(error.message).toContain('"BF16"')
  })

  it('never gives anything but a VeilrecError: cut anywhere', () => {
    for (let length = 0; length < golden.length; length++) {
      expect(errorOf(golden.subarray(0, length)).code).toBe('FILE_MALFORMED')
    }
  })

  it('never gives anything but a VeilrecError: bytes changed at random', () => {
    const changes = fc.array(fc.tuple(fc.nat(golden.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    let refused = 0
    fc.assert(
      fc.property(changes, (pairs) => {
        const bytes = Buffer.from(golden)
        for (const [position, byte] of pairs) bytes[position] = byte
        try {
          const { tensors } = decodeSafetensors(bytes, 'fuzz')
          for (const { shape, data } of tensors.values()) {
            expect(shape.reduce((product, n) => product * n, 1)).toBe(data.length)
          }
        } catch (error) {
          if (!(error instanceof VeilrecError)) throw error
          refused++
        }
      }),
      { numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(1000)
  })

  it('is found when read from a file too', async () => {
    const path = join(folder, 'cut.safetensors')
    await writeFile(path, golden.subarray(0, golden.length - 1))
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'FILE_MALFORMED', details: { path } })
    await writeFile(path, golden.subarray(0, 5))
    await expect(readSafetensors(path)).rejects.toMatchObject({ code: 'FILE_MALFORMED' })
  })

  it('that is not there, or a folder, is unreadable', async () => {
    await expect(readSafetensors(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(readSafetensors(folder)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })
})

describe('encoding refuses', () => {
  const data = new Float32Array(2)
  it.each([
    [
      'a shape that does not fit',
      new Map([['a', { shape: [3], data }]]),
      /shape \[3\] does not fit 2 elements/,
    ],
    ['the reserved name', new Map([['__metadata__', { shape: [2], data }]]), /cannot be named/],
    ['half a character', new Map([['\ud800', { shape: [2], data }]]), /not valid Unicode/],
  ])('%s', (_, tensors, message) => {
    expect(() => encodeSafetensors(tensors)).toThrow(message)
  })

  it('an array class that has no type', () => {
    const tensors = new Map([['a', { shape: [2], data: new Uint16Array(2) as unknown as Uint8Array }]])
    expect(() => encodeSafetensors(tensors)).toThrow(/class Uint16Array cannot be stored/)
  })
})
