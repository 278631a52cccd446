import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { writeFileAtomic } from './atomic-file.js'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-atomic-'))
})
afterEach(() => rm(folder, { recursive: true }))

it('writes text, bytes and pieces, and leaves nothing else behind', async () => {
  await writeFileAtomic(join(folder, 'text'), 'grüß')
  await writeFileAtomic(join(folder, 'bytes'), new Uint8Array([1, 2]))
  await writeFileAtomic(join(folder, 'pieces'), [
    new Uint8Array([1]),
    new Uint8Array(0),
    new Uint8Array([2, 3]),
  ])
  await writeFileAtomic(join(folder, 'nothing'), [])
  expect(await readFile(join(folder, 'text'), 'utf8')).toBe('grüß')
  expect([...(await readFile(join(folder, 'bytes')))]).toEqual([1, 2])
  expect([...(await readFile(join(folder, 'pieces')))]).toEqual([1, 2, 3])
  expect((await stat(join(folder, 'nothing'))).size).toBe(0)
  expect((await readdir(folder)).sort()).toEqual(['bytes', 'nothing', 'pieces', 'text'])
})

it('replaces the old content whole', async () => {
  const path = join(folder, 'file')
  await writeFile(path, 'a much longer old content')
  await writeFileAtomic(path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
})

it.skipIf(process.platform === 'win32')('lets nobody else read the file', async () => {
  const path = join(folder, 'file')
  await writeFileAtomic(path, 'private')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

it('keeps the old content and removes the temporary file when a piece cannot be made', async () => {
  const path = join(folder, 'file')
  await writeFile(path, 'old')
  function* pieces(): Generator<Uint8Array> {
    yield new Uint8Array([1])
    throw new RangeError('no more')
  }
  await expect(writeFileAtomic(path, pieces())).rejects.toThrow(RangeError)
  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(folder)).toEqual(['file'])
})

it('removes the temporary file when the rename fails', async () => {
  const path = join(folder, 'target')
  await mkdir(path)
  await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    details: { path },
  })
  expect(await readdir(folder)).toEqual(['target'])
})

it('says which file could not be written', async () => {
  const path = join(folder, 'missing', 'file')
  await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: expect.stringContaining(path),
    details: { systemCode: 'ENOENT' },
  })
})

it('lets writers of one file finish in any order', async () => {
  const path = join(folder, 'file')
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(1000))
  await Promise.all(texts.map((text) => writeFileAtomic(path, text)))
  expect(texts).toContain(await readFile(path, 'utf8'))
  expect(await readdir(folder)).toEqual(['file'])
})
