import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeFolderAtomically } from './atomic-folder.js'

describe('writeFolderAtomically', () => {
  let parent: string
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'veilrec-atomic-'))
  })
  afterEach(() => rm(parent, { recursive: true }))

  it('creates the folder with private files, and nothing else', async () => {
    const target = join(parent, 'deep', 'target')
    await writeFolderAtomically(target, (folder) => writeFile(join(folder, 'a.txt'), 'a'))
    expect(await readdir(join(parent, 'deep'))).toEqual(['target'])
    expect(await readFile(join(target, 'a.txt'), 'utf8')).toBe('a')
    if (process.platform === 'win32') return
    expect((await stat(target)).mode & 0o777).toBe(0o700)
    expect((await stat(join(target, 'a.txt'))).mode & 0o777).toBe(0o600)
  })

  it('leaves nothing when writing is interrupted half way', async () => {
    const interrupted = writeFolderAtomically(join(parent, 'target'), async (folder) => {
      await writeFile(join(folder, 'a.txt'), 'a')
      throw new Error('disk full')
    })
    await expect(interrupted).rejects.toThrow('disk full')
    expect(await readdir(parent)).toEqual([])
  })

  it('never replaces a folder that has something in it', async () => {
    const target = join(parent, 'target')
    await mkdir(target)
    await writeFile(join(target, 'old.txt'), 'old')
    await expect(
      writeFolderAtomically(target, (folder) => writeFile(join(folder, 'a.txt'), 'a')),
    ).rejects.toThrow(/ENOTEMPTY|EEXIST|EPERM/)
    expect(await readdir(parent)).toEqual(['target'])
    expect(await readdir(target)).toEqual(['old.txt'])
  })
})
