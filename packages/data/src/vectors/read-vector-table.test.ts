import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { sqlText, withDuckDB } from '../duckdb/with-duckdb.js'
import { readVectorTable, type VectorTable } from './read-vector-table.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-vectors-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
async function read(content: string, ending = 'csv'): Promise<VectorTable> {
  const path = join(folder, `${files++}.${ending}`)
  writeFileSync(path, content)
  return readVectorTable(path)
}

async function parquet(select: string): Promise<VectorTable> {
  const path = join(folder, `${files++}.parquet`)
  await withDuckDB(undefined, (connection) =>
    connection.run(`COPY (${select}) TO ${sqlText(path)} (FORMAT parquet)`),
  )
  return readVectorTable(path)
}

async function failure(work: Promise<unknown>): Promise<VeilrecError> {
  const error = await work.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(VeilrecError)
  expect((error as VeilrecError).kind).toBe('user')
  return error as VeilrecError
}

const expected = {
  userIds: ['7', 'bö b'],
  values: Float64Array.of(0.5, -1e-3, 2, 3),
  dimension: 2,
}

describe('readVectorTable', () => {
  it.each([
    ['csv', 'user,a,b\n7,0.5,-1e-3\nbö b,2,3\n'],
    ['csv', '\uFEFF"user","a","b"\r\n7,0.5,-1e-3\r\n\r\n"bö b",2,"3"'],
    ['csv', ',0,1\n7,0.5,-1e-3\nbö b,2,3\n'],
    ['tsv', 'user\ta\tb\n7\t0.5\t-1e-3\nbö b\t2\t3\n'],
    ['csv', '7,0.5,-1e-3\nbö b,2,3\n'],
  ])('reads %s with and without a header: %j', async (ending, content) => {
    expect(await read(content, ending)).toEqual(expected)
  })

  it('reads Parquet with a column per number, or one list', async () => {
    const rows = `(VALUES ('7', 0.5::DOUBLE, -1e-3::DOUBLE), ('bö b', 2, 3)) t(u, a, b)`
    expect(await parquet(`SELECT * FROM ${rows}`)).toEqual(expected)
    expect(await parquet(`SELECT u, [a, b] AS vector FROM ${rows}`)).toEqual(expected)
    const numbers = await parquet('SELECT i AS "user", i / 4 AS x, 1::FLOAT AS y FROM range(3) t(i)')
    expect(numbers).toEqual({
      userIds: ['0', '1', '2'],
      values: Float64Array.of(0, 1, 0.25, 1, 0.5, 1),
      dimension: 2,
    })
  })

  it.each([
    ['user,a,b\n7,1,nan\n', 'DATA_MALFORMED_ROW', /\d\.csv:2: column "b" is NaN$/],
    ['user,a,b\n7,1,2\n\n8,-inf,2\n', 'DATA_MALFORMED_ROW', /\.csv:4: column "a" is infinite$/],
    ['7,1,NaN\n', 'DATA_MALFORMED_ROW', /\.csv:1: column "2" is NaN$/],
    ['user,a,b\n7,1,\n', 'DATA_MALFORMED_ROW', /\.csv:2: column "b" is empty or not a number$/],
    ['user,sex,b\n7,secret,1\n', 'DATA_MALFORMED_ROW', /\.csv:2: column "sex" is empty or not a number$/],
    ['user,a,b\n7,1\n', 'DATA_MALFORMED_ROW', /\.csv:2: 2 fields instead of 3/],
    ['user,a,b\n,1,2\n', 'DATA_MALFORMED_ROW', /\.csv:2: user: the id is empty/],
    ['user,a,b\n7,1,2\n8,1,2\n7,3,4\n', 'DATA_MALFORMED_ROW', /\.csv:4: user: "7" occurs a second time/],
    ['user\n7\n', 'VECTORS_INVALID', /\.csv:1: there is one column only/],
    ['user,a,b\n', 'VECTORS_INVALID', /no row below the header/],
    ['', 'DATA_EMPTY', /the file is empty/],
  ])('refuses %j', async (content, code, message) => {
    const error = await failure(read(content))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.message).not.toContain('secret')
  })

  it('says that the delimiter is another', async () => {
    const { hint } = await failure(read('user;a;b\n7;1;2\n'))
    expect(hint).toContain('The delimiter seems to be ";"')
  })

  it('names the row and the column of Parquet', async () => {
    const nan = await failure(parquet(`SELECT 'a' AS u, 1::DOUBLE AS x UNION ALL SELECT 'b', 'nan'::DOUBLE`))
    expect(nan.message).toMatch(/\.parquet: row 2: column "x" is NaN$/)
    const short = await failure(parquet(`SELECT 'a' AS u, [1.5, 2] AS v UNION ALL SELECT 'b', [1]`))
    expect(short.message).toMatch(/row 2: column "v" has 1 numbers, and 2 in the first row/)
    const inList = await failure(parquet(`SELECT 'a' AS u, [1.5, NULL] AS v`))
    expect(inList.message).toMatch(/row 1: number 2 of column "v" is empty/)
    const text = await failure(parquet(`SELECT 'a' AS u, 'F' AS gender`))
    expect(text.message).toMatch(/column "gender" is of type VARCHAR/)
    const id = await failure(parquet(`SELECT 1.5::DOUBLE AS u, 1.0::DOUBLE AS x`))
    expect(id.message).toMatch(/type DOUBLE, which is not one for ids/)
  })

  it('refuses files that it cannot read', async () => {
    expect((await failure(read('x', 'json'))).code).toBe('VECTORS_INVALID')
    expect((await failure(read('no parquet', 'parquet'))).code).toBe('DATA_UNREADABLE')
    expect((await failure(readVectorTable(join(folder, 'none.csv')))).message).toContain('does not exist')
  })

  it('keeps every number of any table', async () => {
    const rows = fc.array(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 }),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    await fc.assert(
      fc.asyncProperty(rows, async (table) => {
        const lines = table.map((row, user) => [user, ...row].join(','))
        const { values, userIds } = await read(`id,x,y,z\n${lines.join('\n')}\n`)
        expect(userIds).toHaveLength(table.length)
        expect(Array.from(values, (value) => value + 0)).toEqual(table.flat().map((value) => value + 0))
      }),
      { numRuns: 10 },
    )
  })
})
