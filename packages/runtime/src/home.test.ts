import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { resolveHome } from './home.js'

describe('resolveHome', () => {
  let cwd: string
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'veilrec-home-'))
  })
  afterEach(() => rm(cwd, { recursive: true }))

  it('makes .veilrec in the working directory, private and ignored by git', async () => {
    const home = await resolveHome({}, cwd)
    expect(home).toBe(join(cwd, '.veilrec'))
    expect(await readFile(join(home, '.gitignore'), 'utf8')).toBe('*\n')
  })

  it.skipIf(process.platform === 'win32')('makes it readable by its owner only', async () => {
    expect((await stat(await resolveHome({}, cwd))).mode & 0o777).toBe(0o700)
  })

  it('takes VEILREC_HOME, relative to the working directory, and ignores an empty one', async () => {
    expect(await resolveHome({ VEILREC_HOME: 'a/b' }, cwd)).toBe(join(cwd, 'a', 'b'))
    expect(await resolveHome({ VEILREC_HOME: '' }, cwd)).toBe(join(cwd, '.veilrec'))
  })

  it('leaves a .gitignore that is already there', async () => {
    const home = await resolveHome({}, cwd)
    await writeFile(join(home, '.gitignore'), 'mine\n')
    await resolveHome({}, cwd)
    expect(await readFile(join(home, '.gitignore'), 'utf8')).toBe('mine\n')
  })
})
