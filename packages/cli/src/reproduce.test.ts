import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { ListedTable, Reproduction } from '@veilrec/lab'
import { afterAll, describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('../bin/veilrec.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'veilrec-cli-reproduce-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function veilrec(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    env: { ...process.env, VEILREC_HOME: join(folder, 'home') },
    encoding: 'utf8',
  })
}

describe('veilrec reproduce', () => {
  it('lists tables, cells and their times, for people and as JSON', () => {
    const { status, stdout } = veilrec('reproduce', '--list')
    expect(status).toBe(0)
    expect(stdout).toMatch(/paper\/afrl\+sasrec\/1 +\d+ min/)
    expect(stdout).toMatch(/PFRec \(AliEC\) +not run: data not obtainable here/)
    const listed = JSON.parse(veilrec('reproduce', 'afrl', '--list', '--json').stdout) as ListedTable[]
    expect(listed.map(({ table }) => table)).toEqual([
      'table-2',
      'figure-3',
      'figure-4',
      'figure-5',
      'figure-6',
    ])
  })

  it('shows what a paper prints where its data cannot be had, and writes it where it is told to', () => {
    const out = join(folder, 'out')
    const { status, stdout } = veilrec('reproduce', 'pfrec', 'table-2', '--out', out)
    expect(status).toBe(0)
    expect(stdout).toContain('PFRec (AliEC): not run: data not obtainable here')
    const markdown = readFileSync(join(out, 'pfrec-table-2.md'), 'utf8')
    expect(markdown).toContain('| PFRec (AliEC) | gender | 0.7315 | - | - |')
    const [made] = JSON.parse(veilrec('reproduce', 'pfrec', 'table-2', '--json').stdout) as Reproduction[]
    expect(made!.result).toEqual(JSON.parse(readFileSync(join(out, 'pfrec-table-2.json'), 'utf8')))
  })

  it.each([
    [['reproduce'], 'reproduce --list'],
    [['reproduce', 'afrll'], 'Did you mean afrl?'],
    [['reproduce', 'afrl', 'table-2', '--cells', 'nothing'], 'paper/pmf/1'],
    [['reproduce', 'afrl', 'table-2', '--cells', 'paper/pmf/1'], '--from'],
  ])('refuses %j and says what to do', (args, hint) => {
    const { status, stdout, stderr } = veilrec(...args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(hint)
  })
})
