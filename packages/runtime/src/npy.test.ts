import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy, readNpy, writeNpy } from './npy.js'
import type { NumericArray, StoredTensor } from './stored-tensor.js'

// numpy.lib.format.write_array of numpy 2.4.6.
const golden: Readonly<Record<string, string>> = {
  f4: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AAAAQAAAQEAAAIBAAACgQAAAwMA=',
  f8: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAADwPwAAAAAAAABAAAAAAAAACEAAAAAAAAAQQAAAAAAAABRAAAAAAAAAGMA=',
  i8: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAAAIAAAAAAAAAAwAAAAAAAAAEAAAAAAAAAAUAAAAAAAAA+v////////8=',
  i4: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAgAAAAMAAAAEAAAABQAAAPr///8=',
  i2: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAIAAwAEAAUA+v8=',
  u1: 'k05VTVBZAQB2AHsnZGVzY3InOiAnfHUxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAgMEBfo=',
  scalar:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAEQA==',
  vec: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPGk0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoHAAAACAAAAA==',
  empty:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=',
  v2: 'k05VTVBZAgB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/',
  v3: 'k05VTVBZAwB0AAAAeydkZXNjcic6ICc8ZjQnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/',
  fortran:
    'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMiksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AACAPwAAgD8AAIA/',
  obj: 'k05VTVBZAQB2AHsnZGVzY3InOiAnfE8nLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAqABJWSAAAAAAAAAIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwGFlGgDjAVkdHlwZZSTlIwCTziUiYiHlFKUKEsDjAF8lE5OTkr/////Sv////9LP3SUYoldlH2UjAFhlEsBc2F0lGIu',
  big: 'k05VTVBZAQB2AHsnZGVzY3InOiAnPmY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/gAAA',
  struct:
    'k05VTVBZAQB2AHsnZGVzY3InOiBbKCdhJywgJzxpNCcpLCAoJ2InLCAnPGY0JyldLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMSwpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAAAAAAAAQA==',
  bool: 'k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoB',
}

const bytesOf = (name: string): Buffer => Buffer.from(golden[name] ?? '', 'base64')
const table = (data: NumericArray): StoredTensor => ({ shape: [2, 3], data })
const goldenTensors: [string, StoredTensor][] = [
  ['f4', table(new Float32Array([1, 2, 3, 4, 5, -6]))],
  ['f8', table(new Float64Array([1, 2, 3, 4, 5, -6]))],
  ['i8', table(new BigInt64Array([1n, 2n, 3n, 4n, 5n, -6n]))],
  ['i4', table(new Int32Array([1, 2, 3, 4, 5, -6]))],
  ['i2', table(new Int16Array([1, 2, 3, 4, 5, -6]))],
  ['u1', table(new Uint8Array([1, 2, 3, 4, 5, 250]))],
  ['scalar', { shape: [], data: new Float64Array([2.5]) }],
  ['vec', { shape: [2], data: new Int32Array([7, 8]) }],
  ['empty', { shape: [0, 3], data: new Float32Array(0) }],
]

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-npy-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** A version 1.0 file with the given header text and zeros for data. */
function file(header: string, dataLength = 0): Buffer {
  const text = Buffer.from(header)
  const prefix = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length & 0xff, text.length >> 8])
  return Buffer.concat([prefix, text, Buffer.alloc(dataLength)])
}

function errorOf(bytes: Uint8Array): VeilrecError {
  try {
    decodeNpy(bytes, 'some.npy')
  } catch (error) {
    if (error instanceof VeilrecError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('numpy', () => {
  it.each(goldenTensors)('%s is read', (name, tensor) => {
    expect(decodeNpy(bytesOf(name), name)).toEqual(tensor)
  })

  it.each(goldenTensors)('%s is met byte for byte', (name, tensor) => {
    expect(Buffer.concat(encodeNpy(tensor))).toEqual(bytesOf(name))
  })

  it.each(['v2', 'v3'])('%s is read', (name) => {
    expect(decodeNpy(bytesOf(name), name)).toEqual({ shape: [1], data: new Float32Array([1.5]) })
  })
})

describe('round trip', () => {
  it('keeps shape, type and bits', () => {
    const tensors = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }).chain((shape) => {
      const length = shape.reduce((product, n) => product * n, 1)
      const size = { minLength: length, maxLength: length }
      const data = fc.oneof(
        fc.float32Array(size),
        fc.float64Array(size),
        fc.bigInt64Array(size),
        fc.uint8Array(size),
      )
      return data.map((array): StoredTensor => ({ shape, data: array }))
    })
    fc.assert(
      fc.property(tensors, (tensor) => {
        const bytes = Buffer.concat(encodeNpy(tensor))
        expect((bytes.length - tensor.data.byteLength) % 64).toBe(0)
        expect(decodeNpy(bytes, 'memory')).toEqual(tensor)
      }),
      { numRuns: 200 },
    )
  })

  it('goes through a file', async () => {
    const path = join(folder, 'vectors.npy')
    const tensor = { shape: [2, 2], data: new Float32Array([1, NaN, -0, 4]) }
    await writeNpy(path, tensor)
    expect(await readNpy(path)).toEqual(tensor)
  })

  it('refuses a shape that does not fit', () => {
    expect(() => encodeNpy({ shape: [3], data: new Float32Array(2) })).toThrow(
      /shape \[3\] does not fit 2 elements/,
    )
  })
})

describe('a sound file with something else in it', () => {
  it.each([
    ['fortran', /Fortran order/],
    ['obj', /Python objects, .* unpickling runs code/],
    ['big', /big-endian/],
    ['struct', /structured data type/],
    ['bool', /data type '\|b1'/],
  ])('%s is refused with the reason', (name, message) => {
    const error = errorOf(bytesOf(name))
    expect(error.code).toBe('FILE_UNSUPPORTED')
    expect(error.message).toMatch(message)
    expect(error.hint).toMatch(/Save/)
  })

  it('a later version is refused', () => {
    const bytes = bytesOf('f4')
    bytes[6] = 4
    expect(errorOf(bytes)).toMatchObject({
      code: 'FILE_UNSUPPORTED',
      message: expect.stringContaining('npy version 4.0'),
    })
  })
})

describe('a damaged file', () => {
  const header = (shape: string): string => `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`
  it.each([
    ['no bytes', Buffer.alloc(0), /does not begin as an npy file/],
    ['another format', Buffer.from('PAR1PAR1PAR1PAR1'), /does not begin as an npy file/],
    ['a header longer than the file', file('').fill(9, 8, 9), /header of 9 bytes does not fit a file of 10/],
    ['no dictionary', file('nothing'), /not a dictionary/],
    [
      'a field twice',
      file(`{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}`, 4),
      /not a dictionary/,
    ],
    [
      'a field too many',
      file(`{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}`, 4),
      /not a dictionary/,
    ],
    ['a shape that is a number', file(header('3'), 12), /the shape is 3/],
    ['a shape in mere parentheses', file(header('(3)'), 12), /the shape is \(3\)/],
    ['a negative shape', file(header('(-3,)'), 12), /the shape is \(-3,\)/],
    ['a shape too large to count', file(header('(9999999999999999, 0)')), /the shape is/],
    ['an order that is neither', file(header('()').replace('False', 'Maybe'), 4), /fortran_order is Maybe/],
    ['too little data', file(header('(3,)'), 11), /describes 12 bytes of data, the file has 11/],
    ['data left over', file(header('(3,)'), 13), /describes 12 bytes of data, the file has 13/],
  ])('%s', (_, bytes, message) => {
    const error = errorOf(bytes)
    expect(error.code).toBe('FILE_MALFORMED')
    expect(error.message).toMatch(/^some\.npy: byte \d+: /)
    expect(error.message).toMatch(message)
  })

  it('never gives anything but a VeilrecError: cut anywhere', () => {
    for (const name of ['f4', 'v3']) {
      const bytes = bytesOf(name)
      for (let length = 0; length < bytes.length; length++) {
        expect(errorOf(bytes.subarray(0, length)).code).toBe('FILE_MALFORMED')
      }
    }
  })

  it('never gives anything but a VeilrecError: bytes changed at random', () => {
    const size = bytesOf('struct').length
    const changes = fc.array(fc.tuple(fc.nat(size - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
    const names = fc.constantFrom('f4', 'i8', 'v2', 'struct', 'scalar')
    let refused = 0
    fc.assert(
      fc.property(names, changes, (name, pairs) => {
        const bytes = bytesOf(name)
        for (const [position, byte] of pairs) if (position < bytes.length) bytes[position] = byte
        try {
          const { shape, data } = decodeNpy(bytes, 'fuzz')
          expect(shape.reduce((product, n) => product * n, 1)).toBe(data.length)
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
    const path = join(folder, 'cut.npy')
    for (const length of [0, 9, 11, 40, bytesOf('v3').length - 1]) {
      await writeFile(path, bytesOf('v3').subarray(0, length))
      await expect(readNpy(path)).rejects.toMatchObject({ code: 'FILE_MALFORMED', details: { path } })
    }
    await expect(readNpy(join(folder, 'nowhere.npy'))).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  })
})
