import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { sqlText, withDuckDB } from '../duckdb/with-duckdb.js'
import { readRunFile } from './read-run-file.js'
import type { RunFile } from './run-file.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-run-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

const dataset = {
  name: 'tiny',
  userIds: ['ann', 'bö b', '3'],
  itemIds: ['', 'A', 'B', 'C, the "third"', '4'],
}

let files = 0
async function read(content: string | Buffer, ending = 'csv'): Promise<RunFile> {
  const path = join(folder, `${files++}.${ending}`)
  writeFileSync(path, content)
  return readRunFile({ path, dataset })
}

async function failure(content: string | Buffer, ending = 'csv'): Promise<VeilrecError> {
  const error = await read(content, ending).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(VeilrecError)
  expect((error as VeilrecError).kind).toBe('user')
  return error as VeilrecError
}

function lists({ offsets, items, scores }: RunFile): [item: number, score: number][][] {
  return dataset.userIds.map((_, user) =>
    Array.from(items.subarray(offsets[user], offsets[user + 1]), (item, i) => [
      item,
      scores[offsets[user]! + i]!,
    ]),
  )
}

const expected = [
  [
    [2, 0.5],
    [1, -1e-3],
  ],
  [[3, 7]],
  [],
]

describe('readRunFile', () => {
  it.each([
    ['csv', 'user,item,score\nann,B,0.5\nbö b,"C, the ""third""",7\nann,A,-1e-3\n'],
    ['csv', '\uFEFFscore,note,item,user\r\n0.5,x,B,ann\r\n\r\n7,,"C, the ""third""",bö b\r\n-1e-3,,A,ann'],
    ['tsv', '"user"\titem\tscore\nann\tB\t0.5\nbö b\t"C, the ""third"""\t7\nann\tA\t-1e-3\n'],
  ])('reads %s whatever the order of rows, columns and line ends', async (ending, content) => {
    const file = await read(content, ending)
    expect(lists(file)).toEqual(expected)
    expect(file).toMatchObject({ rows: 3, unknownUsers: { count: 0 }, unknownItems: { count: 0 } })
  })

  it('reads Parquet, ids as text or whole numbers', async () => {
    const path = join(folder, 'numbers.parquet')
    await withDuckDB(undefined, async (connection) => {
      const rows = 'SELECT 3 AS "user", 4::BIGINT AS item, 1 AS rank'
      await connection.run(`COPY (${rows}) TO ${sqlText(path)} (FORMAT parquet)`)
    })
    expect(lists(await readRunFile({ path, dataset }))).toEqual([[], [], [[4, -1]]])
  })

  it('turns ranks into scores: the first is the best', async () => {
    expect(lists(await read('user,item,rank\n3,A,1\n3,B,2\n'))[2]).toEqual([
      [1, -1],
      [2, -2],
    ])
  })

  it('leaves out unknown users and items, counted once each', async () => {
    const file = await read(
      'user,item,score\nann,A,1\nann,Z,1\nann,B,1\nbö b,Z,1\nbö b,A,1\nbö b,B,1\neve,A,1\n',
    )
    expect(file).toMatchObject({
      rows: 7,
      unknownUsers: { count: 1, examples: ['eve'] },
      unknownItems: { count: 1, examples: ['Z'] },
    })
    expect(file.items).toHaveLength(4)
  })

  it('refuses a file whose ids are mostly others, with examples of both sides', async () => {
    const { code, message } = await failure('user,item,score\nann,A,1\n0,A,1\n1,A,2\n')
    expect(code).toBe('RUN_FILE_INVALID')
    expect(message).toMatch(/2 of 3 rows.*2 unknown users such as "0", "1" .*"ann", "bö b"/)
    expect(message).not.toContain('unknown items')
  })

  it.each([
    ['ann,A,1\n\nann,B', /:4: 2 fields instead of 3/],
    ['ann,A,1\nann,B,1,2', /:3: 4 fields instead of 3/],
    ['ann,A,1\n,B,1', /:3: the user is empty/],
    ['ann,A,1\n\n\nann,,1', /:5: the item is empty/],
    ['ann,A,\nann,B,1', /:2: the score is empty/],
    ['ann,A,best\nann,B,1', /:2: score: "best" is not a finite number/],
    ['ann,A,NaN', /:2: score: "NaN" is not a finite number/],
    ['ann,A,1\nann,B,-inf', /:3: score: "-inf" is not a finite number/],
    ['ann,A,1e999', /:2: score: "1e999" is not a finite number/],
    ['ann,"A,1\n', /:2: a quote is not closed/],
    ['ann,A,1\nbö b,A,2\n\nann,B,3\nann,A,1\n', /:6: the same user and item as .*:2$/],
    [Buffer.from('ann,A,1\n\xff\xfe,A,1\n', 'latin1'), /:3: it is not UTF-8/],
  ])('names the line of a bad row: %j', async (rows, message) => {
    const head = Buffer.from('user,item,score\n')
    const error = await failure(Buffer.concat([head, Buffer.from(rows as string)]))
    expect(error.code).toBe('DATA_MALFORMED_ROW')
    expect(error.message).toMatch(message)
  })

  it('names the row of a Parquet file', async () => {
    const path = join(folder, 'bad.parquet')
    await withDuckDB(undefined, (connection) =>
      connection.run(
        `COPY (SELECT * FROM (VALUES ('ann', 'A', 1.0), ('ann', NULL, 2)) t("user", item, score)) TO ${sqlText(path)} (FORMAT parquet)`,
      ),
    )
    await expect(readRunFile({ path, dataset })).rejects.toThrow(/bad\.parquet: row 2: the item is empty/)
  })

  it.each([
    ['', 'no column "user"'],
    ['user;item;score\n', 'no column "user"'],
    ['user,item\nann,A\n', 'neither a column "score" nor a column "rank"'],
    ['user,item,score,rank\nann,A,1,1\n', 'both a column'],
    ['user,item,score,item\nann,A,1,A\n', 'two columns "item"'],
    ['user,item,score\n', 'no rows'],
  ])('refuses columns that do not say what is meant: %j', async (content, message) => {
    const error = await failure(content)
    expect(error.code).toBe('RUN_FILE_INVALID')
    expect(error.message).toContain(message)
  })

  it('refuses files it cannot read', async () => {
    expect((await failure('x', 'json')).code).toBe('RUN_FILE_INVALID')
    expect((await failure('no parquet', 'parquet')).code).toBe('DATA_UNREADABLE')
    const missing = readRunFile({ path: join(folder, 'missing.csv'), dataset })
    await expect(missing).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
    await expect(readRunFile({ path: `${folder}/x.csv/`, dataset })).rejects.toBeInstanceOf(VeilrecError)
  })

  it('keeps every entry of any file, in order within each user', async () => {
    const pair = fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 4 }))
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(pair, { selector: ([user, item]) => user * 10 + item, minLength: 1 }),
        async (pairs) => {
          const rows = pairs.map(([user, item], i) => {
            const quoted = `"${dataset.itemIds[item]!.replaceAll('"', '""')}"`
            return `${dataset.userIds[user]},${quoted},${i / 7}`
          })
          const wanted = dataset.userIds.map((_, user) =>
            pairs.flatMap(([u, item], i) => (u === user ? [[item, i / 7]] : [])),
          )
          expect(lists(await read(`user,item,score\n${rows.join('\n')}\n`))).toEqual(wanted)
        },
      ),
      { numRuns: 12 },
    )
  })
})
