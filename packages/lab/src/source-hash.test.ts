import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { hashOfSources, sourceHash } from './source-hash.js'

const root = mkdtempSync(join(tmpdir(), 'veilrec-sources-'))
afterAll(() => rmSync(root, { recursive: true }))

const folder = join(root, 'one')
mkdirSync(join(folder, 'below'), { recursive: true })
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
write('b.ts', 'b')
write('below/a.mjs', 'a')
const expected = createHash('sha256').update('one/b.ts\nbone/below/a.mjs\na').digest('hex')
const hash = () => hashOfSources([{ name: 'one', folder }])

describe('the hash of sources', () => {
  it('is over names and contents, sorted', () => {
    expect(hash()).toBe(expected)
  })

  it('leaves tests and results out, and nothing else', () => {
    write('b.test.ts', 'test')
    write('result.json', '{}')
    expect(hash()).toBe(expected)
    write('b.ts', 'c')
    expect(hash()).not.toBe(expected)
  })

  it('is null where there are none', () => {
    expect(hashOfSources([{ name: 'two', folder: join(root, 'two') }])).toBeNull()
  })

  it('of this package is over the four that figures are computed by', () => {
    const of = (name: string) => ({
      name: `@veilrec/${name}`,
      folder: join(import.meta.dirname, '..', '..', name, 'src'),
    })
    expect(sourceHash()).toBe(hashOfSources(['core', 'runtime', 'data', 'lab'].map(of)))
  })
})
