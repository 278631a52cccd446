import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import { afterAll, describe, expect, it } from 'vitest'
import { sqlText, withDuckDB } from '../duckdb/with-duckdb.js'
import { readUserIds } from './read-user-ids.js'
import { readUsersFile } from './read-users-file.js'

const folder = mkdtempSync(join(tmpdir(), 'veilrec-users-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
function write(content: string, name = 'users.csv'): string {
  const own = join(folder, String(files++))
  mkdirSync(own)
  writeFileSync(join(own, name), content)
  return join(own, name)
}

async function failure(work: Promise<unknown>): Promise<VeilrecError> {
  const error = await work.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(VeilrecError)
  expect((error as VeilrecError).kind).toBe('user')
  return error as VeilrecError
}

describe('readUsersFile', () => {
  it.each([
    ['users.csv', 'user_id,gender,plan\na,F,free\nb,M,\nc,F,paid\n'],
    ['users.csv', 'gender,plan,ID\nF,free,a\nM,NA,b\nF,paid,c\n'],
    ['users.tsv', 'name\tplan\tgender\na\tfree\tF\nb\tnull\tM\nc\tpaid\tF\n'],
  ])('takes ids and attributes from %s: %j', async (name, content) => {
    expect(await readUsersFile(write(content, name), ['plan', 'gender'])).toEqual({
      userIds: ['a', 'b', 'c'],
      attributes: [
        { name: 'plan', classes: ['free', 'paid'], codes: Int16Array.of(0, -1, 1) },
        { name: 'gender', classes: ['F', 'M'], codes: Int16Array.of(0, 1, 0) },
      ],
      notes: [],
    })
  })

  it('takes Parquet, with NULL as a missing value', async () => {
    const path = join(folder, 'users.parquet')
    await withDuckDB(undefined, (connection) =>
      connection.run(
        `COPY (SELECT * FROM (VALUES (1, 'x'), (2, NULL)) t(id, kind)) TO ${sqlText(path)} (FORMAT parquet)`,
      ),
    )
    const { userIds, attributes } = await readUsersFile(path, ['kind'])
    expect(userIds).toEqual(['1', '2'])
    expect(attributes[0]!.codes).toEqual(Int16Array.of(0, -1))
  })

  it('puts many numbers into quartiles, with a note, even where everybody has another', async () => {
    const rows = Array.from({ length: 80 }, (_, user) => `${user},${user === 9 ? '' : user + 0.5}`)
    const { attributes, notes } = await readUsersFile(write(['id,income', ...rows].join('\n')), ['income'])
    const [{ classes, codes }] = attributes as [(typeof attributes)[0]]
    expect(classes).toEqual(['under 21.5', '21.5 to under 41.5', '41.5 to under 61.5', '61.5 and over'])
    expect([codes[9], codes[20], codes[21], codes[79]]).toEqual([-1, 0, 1, 3])
    expect(notes).toEqual([expect.stringMatching(/^income: numbers, put into four groups/)])
  })

  it('keeps few numbers as they are', async () => {
    const rows = Array.from({ length: 80 }, (_, user) => `${user},${user % 7}`)
    const { attributes, notes } = await readUsersFile(write(['id,age', ...rows].join('\n')), ['age'])
    expect(attributes[0]!.classes).toEqual(['0', '1', '2', '3', '4', '5', '6'])
    expect(notes).toEqual([])
  })

  it.each([
    ['users.dat', '1::F::1::10::48067\n3::M::56::16::70072\n', 'Under 18', 'self-employed'],
    ['people.csv', '1::F::1::10::48067\n3::M::56::16::70072\n', 'Under 18', 'self-employed'],
    ['u.user', '1|17|F|student|85711\n3|60|M|writer|32067\n', 'Under 18', 'writer'],
  ])("takes MovieLens' own %s", async (name, content, age, occupation) => {
    const { userIds, attributes } = await readUsersFile(write(content, name), ['age', 'gender', 'occupation'])
    expect(userIds).toEqual(['1', '3'])
    const valueOf = (a: number, user: number): string => attributes[a]!.classes[attributes[a]!.codes[user]!]!
    expect([valueOf(0, 0), valueOf(0, 1), valueOf(1, 0), valueOf(2, 1)]).toEqual([
      age,
      '56+',
      'F',
      occupation,
    ])
    expect((await failure(readUsersFile(write(content, name), ['zip']))).message).toContain(
      'gender, age, occupation',
    )
  })

  it.each([
    [
      'id,gender,age\na,F,1\n',
      'Gender',
      'INVALID_ARGUMENT',
      /:1: there is no attribute "Gender"; there is gender, age$/,
    ],
    ['id,gender\na,F\nb,M\na,F\n', 'gender', 'DATA_MALFORMED_ROW', /:4: id: "a" occurs a second time/],
    ['id,gender\na,F\n,M\n', 'gender', 'DATA_MALFORMED_ROW', /:3: id: the id is empty/],
    ['id,gender\na\n', 'gender', 'DATA_MALFORMED_ROW', /:2: 1 fields instead of 2/],
    ['id,gender\n', 'gender', 'VECTORS_INVALID', /no user below the header/],
    [
      ['id,city', ...Array.from({ length: 60 }, (_, user) => `${user},secret${user}`)].join('\n'),
      'city',
      'VECTORS_INVALID',
      /city cannot be attacked: it has 60 different values \(at most 50\)/,
    ],
  ])('refuses %j', async (content, attribute, code, message) => {
    const error = await failure(readUsersFile(write(content), [attribute]))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(`${error.message}${error.hint}${JSON.stringify(error.details)}`).not.toContain('secret')
  })

  it('hints at the nearest attribute, also in other letters', async () => {
    const path = write('id,gender\na,F\n')
    expect((await failure(readUsersFile(path, ['gendre']))).hint).toBe('Did you mean gender?')
    expect((await failure(readUsersFile(path, ['GENDER']))).hint).toBe('Did you mean gender?')
  })

  it('does not show the value of a malformed MovieLens line', async () => {
    const error = await failure(readUsersFile(write('1::secret::1::10::48067\n', 'users.dat'), ['gender']))
    expect(error.message).toMatch(/users\.dat:1: Gender: the value is not one of F, M/)
    expect(error.message).not.toContain('secret')
  })
})

describe('readUserIds', () => {
  const isKnown = (id: string): boolean => ['a', 'b c', '7'].includes(id)

  it.each([
    ['ids.txt', 'a\n\nb c\r\n7\na\n'],
    ['ids.txt', '\uFEFFusers of the defence\na\nb c\n7'],
    ['ids.csv', 'user,note\na,1\n"b c",2\n7,3\n'],
    ['ids.csv', 'a\nb c\n7\n'],
    ['ids.tsv', 'a\tx\nb c\tx\n7\tx\n'],
  ])('reads %s: %j', async (name, content) => {
    expect(await readUserIds(write(content, name), isKnown)).toEqual(['a', 'b c', '7'])
  })

  it('reads the first column of Parquet', async () => {
    const path = join(folder, 'ids.parquet')
    await withDuckDB(undefined, (connection) =>
      connection.run(
        `COPY (SELECT 7 + i AS id, 'x' AS y FROM range(2) t(i)) TO ${sqlText(path)} (FORMAT parquet)`,
      ),
    )
    expect(await readUserIds(path, isKnown)).toEqual(['7', '8'])
  })

  it('refuses a file without ids, and ids out of form', async () => {
    expect((await failure(readUserIds(write('user\n'), isKnown))).code).toBe('VECTORS_INVALID')
    expect((await failure(readUserIds(write('a\n,x\n'), isKnown))).message).toMatch(/:2: the id is empty/)
    expect((await failure(readUserIds(join(folder, 'none.txt'), isKnown))).code).toBe('FILE_UNREADABLE')
  })
})
