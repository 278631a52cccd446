import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { addDataset } from '../add-dataset.js'
import { loadDataset } from '../storage/load-dataset.js'
import type { SourceName, SourceOptions } from './registry.js'

// Rows made up here, in the form of the published files.
const root = mkdtempSync(join(tmpdir(), 'veilrec-pfrec-'))
afterAll(() => rmSync(root, { recursive: true }))

const cikmHead = 'user_id\titem_id\ttime\told\tgender\tpower\tneg_items'
const aliecHead =
  'user_id\titem_id\ttime\tcms_segid\tcms_group_id\tgender\tage\tpvalue_level\tshopping_level\toccupation\tnew_user_class_level'

let folders = 0
async function folderOf(files: Readonly<Record<string, readonly string[]>>): Promise<string> {
  const folder = join(root, String(folders++))
  await mkdir(folder)
  for (const [name, lines] of Object.entries(files))
    await writeFile(join(folder, name), `${lines.join('\n')}\n`)
  return folder
}

/** Six users with an item each in every file; users 1 to 6, items 10 to 12. */
const cikm = {
  'train.csv': [cikmHead, ...[1, 2, 3, 4, 5, 6].map((user) => row(user, 10, 100, 8 + 9 * user, user))],
  'dev.csv': [cikmHead, ...[1, 2, 3, 4, 5, 6].map((user) => row(user, 11, 200, 8 + 9 * user, user))],
  'test.csv': [cikmHead, ...[1, 2, 3, 4, 5, 6].map((user) => row(user, 12, 300, 8 + 9 * user, user))],
}

function row(user: number, item: number, time: number, age: number, power: number): string {
  return [user, item, time, age, user % 3, power, '[13, 14, 15]'].join('\t')
}

let names = 0
async function added(source: SourceName, from: string, options: SourceOptions = {}) {
  const name = `set-${names++}`
  const card = await addDataset({
    home: root,
    name,
    source,
    from,
    seed: 1,
    options: { kCore: 1, ...options },
  })
  return { card, dataset: await loadDataset(root, name) }
}

describe('the source pfrec-cikm', () => {
  it('reads histories over all files, and the attributes in classes', async () => {
    const { dataset } = await added('pfrec-cikm', await folderOf(cikm))
    expect(dataset.numUsers).toBe(6)
    expect(dataset.histories.offsets.at(-1)).toBe(18)
    const byName = Object.fromEntries(dataset.attributes.map((attribute) => [attribute.name, attribute]))
    // Ages 17, 26, 35, 44, 53 and 62; the last band ends at 59.
    expect([...byName['age']!.codes]).toEqual([0, 1, 2, 3, 4, -1])
    expect(byName['age']!.classes[4]).toBe('50-59')
    expect([...byName['gender']!.codes]).toEqual([0, 1, -1, 0, 1, -1])
    expect([...byName['consumption']!.codes]).toEqual([0, 1, 2, 3, 4, 5])
    expect(dataset.userIds).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  it.each([
    ['a word', 'x\t10\t1\t30\t1\t1\t[]', /train\.csv:8: user_id: the value is not a whole number/],
    ['a missing field', '7\t10\t1\t30\t1', /train\.csv:8: 5 fields instead of 7/],
    [
      'another gender of a known user',
      '1\t10\t1\t17\t2\t1\t[]',
      /train\.csv:8: gender: the user has another value/,
    ],
  ])('names the line of %s and shows no value', async (_, line, message) => {
    const from = await folderOf({ ...cikm, 'train.csv': [...cikm['train.csv'], line] })
    await expect(added('pfrec-cikm', from)).rejects.toMatchObject({
      code: 'DATA_MALFORMED_ROW',
      message: expect.stringMatching(message) as string,
    })
    const { card } = await added('pfrec-cikm', from, { onBadRow: 'skip' })
    expect(card.skipped.count).toBe(1)
  })

  it('says which file or column is missing', async () => {
    const { 'dev.csv': _, ...without } = cikm
    await expect(added('pfrec-cikm', await folderOf(without))).rejects.toMatchObject({
      code: 'DATA_FILES_MISSING',
      details: { missing: ['dev.csv'] },
    })
    const renamed = cikm['test.csv'].map((line, at) => (at === 0 ? line.replace('power', 'strength') : line))
    await expect(added('pfrec-cikm', await folderOf({ ...cikm, 'test.csv': renamed }))).rejects.toMatchObject(
      {
        code: 'DATA_UNREADABLE',
        message: expect.stringContaining('no column "power"') as string,
      },
    )
    await expect(
      addDataset({ home: root, name: 'nowhere', source: 'pfrec-cikm', seed: 1 }),
    ).rejects.toMatchObject({ code: 'DATA_FILES_MISSING' })
  })
})

describe('the source pfrec-aliec', () => {
  it('reads the five files with histories', async () => {
    const files = ['train1', 'dev1', 'cold_train3', 'cold_dev_data3', 'cold_test_data3'].map((name, at) => [
      `${name}.csv`,
      [
        aliecHead,
        ...[1, 2, 3].map((user) =>
          [user, 10 + at, 100 + at, 0, 0, user - 1, 7 * (user - 2), 0, 0, 0, 0].join('\t'),
        ),
      ],
    ])
    const from = await folderOf(Object.fromEntries(files) as Record<string, string[]>)
    const { dataset } = await added('pfrec-aliec', from)
    expect(dataset.numUsers).toBe(3)
    expect(dataset.histories.offsets.at(-1)).toBe(15)
    const [age, gender] = dataset.attributes
    // Levels that nobody has are dropped; 7 is the only one here.
    expect(age!.classes).toEqual(['7'])
    expect([...age!.codes]).toEqual([-1, -1, 0])
    expect([...gender!.codes]).toEqual([-1, 0, 1])
  })
})
