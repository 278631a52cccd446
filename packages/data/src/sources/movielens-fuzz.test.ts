import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addDataset } from '../add-dataset.js'
import type { DatasetCard } from '../storage/dataset-card.js'

type Files = Readonly<Record<string, readonly string[]>>

// Users, films and ratings are made up.
const million: Files = {
  'users.dat': ['1::F::1::10::48067', '2::M::56::16::70072', '3::M::25::15::55117'],
  'movies.dat': ['1::First (1995)::Animation|Comedy', '40::Café (1995)::Drama', '7::Third (1996)::Drama'],
  'ratings.dat': [
    '1::1::5::100',
    '1::7::3::300',
    '1::40::4::300',
    '2::1::1::20',
    '2::40::2::10',
    '3::7::5::5',
  ],
}
const flags = (...genres: readonly number[]): string =>
  Array.from({ length: 19 }, (_, genre) => (genres.includes(genre) ? '1' : '0')).join('|')
const hundred: Files = {
  'u.user': ['1|24|M|technician|85711', '2|53|F|other|94043', '3|7|M|none|T8H1N'],
  'u.item': [
    `1|First (1995)|01-Jan-1995||http://us.imdb.com/First|${flags(3, 5)}`,
    `2|Café (1995)|01-Jan-1995||http://us.imdb.com/Caf%E9|${flags(8)}`,
    `3|unknown||||${flags(0)}`,
  ],
  'u.genre': Array.from(
    { length: 19 },
    (_, genre) => `${genre === 0 ? 'unknown' : `Genre${genre}`}|${genre}`,
  ),
  'u.data': ['1\t1\t5\t100', '1\t2\t3\t300', '1\t3\t4\t300', '2\t1\t1\t20', '3\t2\t5\t5'],
}

let folder: string
let from: string
let home: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-fuzz-'))
  from = join(folder, 'from')
  home = join(folder, 'home')
  await mkdir(from)
})
afterEach(() => rm(folder, { recursive: true }))

async function write(files: Readonly<Record<string, readonly string[] | string>>): Promise<void> {
  for (const [name, lines] of Object.entries(files)) {
    const text = typeof lines === 'string' ? lines : lines.map((line) => `${line}\n`).join('')
    await writeFile(join(from, name), Buffer.from(text, 'latin1'))
  }
}

function add(source: 'ml-1m' | 'ml-100k', options = {}): Promise<DatasetCard> {
  return addDataset({ name: 'tiny', source, from, home, seed: 1, options: { kCore: 1, ...options } })
}

async function failure(work: Promise<unknown>): Promise<VeilrecError> {
  const error: unknown = await work.then(
    () => Promise.reject(new Error('no error was thrown')),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(VeilrecError)
  expect((error as VeilrecError).kind).toBe('user')
  expect(await readdir(join(home, 'datasets')).catch(() => [])).toEqual([])
  return error as VeilrecError
}

/** Replaces a line (from 1) of a file. */
type Corruption = readonly [what: string, file: string, line: number, text: string, message: RegExp]

const corruptions: Readonly<Record<'ml-1m' | 'ml-100k', readonly Corruption[]>> = {
  'ml-1m': [
    ['row cut short', 'ratings.dat', 2, '1::7', /2 fields instead of 4: "1::7"/],
    ['row cut within a separator', 'ratings.dat', 3, '1::40::4:300', /3 fields instead of 4/],
    ['extra field', 'ratings.dat', 1, '1::1::5::100::x', /5 fields instead of 4/],
    ['other separator', 'ratings.dat', 2, '1,7,3,300', /1 fields instead of 4/],
    ['header', 'ratings.dat', 1, 'UserID::MovieID::Rating::Timestamp', /UserID: "UserID" is not/],
    ['empty user', 'ratings.dat', 5, '::40::2::10', /UserID: "" is not a whole number/],
    ['empty film', 'ratings.dat', 5, '2::::2::10', /MovieID: "" is not a whole number/],
    ['rating of another scale', 'ratings.dat', 6, '3::7::4.5::5', /Rating: "4\.5" is not one of 1, 2/],
    ['rating that is no number', 'ratings.dat', 6, '3::7::NaN::5', /Rating: "NaN" is not/],
    ['text as time', 'ratings.dat', 4, '2::1::1::yesterday', /Timestamp: "yesterday" is not/],
    ['infinite time', 'ratings.dat', 4, '2::1::1::inf', /Timestamp: "inf" is not/],
    ['negative time', 'ratings.dat', 4, '2::1::1::-20', /Timestamp: "-20" is not/],
    ['fraction of a second', 'ratings.dat', 4, '2::1::1::20.5', /Timestamp: "20\.5" is not/],
    [
      'milliseconds',
      'ratings.dat',
      4,
      '2::1::1::978300760000',
      /"978300760000" is not a whole number of sec/,
    ],
    ['empty time', 'ratings.dat', 4, '2::1::1::', /Timestamp: "" is not/],
    ['inner blank', 'ratings.dat', 4, '2:: 1::1::20', /MovieID: " 1" is not/],
    ['huge id', 'ratings.dat', 4, '12345678901::1::1::20', /UserID: "12345678901" is not/],
    ['leading zero', 'ratings.dat', 4, '02::1::1::20', /UserID: "02" is not/],
    ['quoted id', 'ratings.dat', 4, '"2"::1::1::20', /UserID: "\\"2\\"" is not/],
    ['binary junk', 'ratings.dat', 3, '\u0001\u00ff\u0002', /1 fields instead of 4/],
    ['byte order mark', 'users.dat', 1, '\u00ef\u00bb\u00bf1::F::1::10::48067', /UserID: ".*1" is not/],
    ['unknown gender', 'users.dat', 2, '2::X::56::16::70072', /Gender: the value is not one of F, M/],
    ['unknown age band', 'users.dat', 2, '2::M::57::16::70072', /Age: the value is not one of 1, 18/],
    ['unknown occupation', 'users.dat', 2, '2::M::56::21::70072', /Occupation: the value is not one of 0, 1/],
    ['user cut short', 'users.dat', 3, '3::M', /2 fields instead of 5$/],
    ['user twice', 'users.dat', 3, '1::M::25::15::55117', /the id 1 occurs a second time/],
    ['film twice', 'movies.dat', 3, '40::Third (1996)::Drama', /the id 40 occurs a second time/],
    ['film without genres', 'movies.dat', 2, '40::Café (1995)', /2 fields instead of 3: "40::Café/],
    ['separator in the title', 'movies.dat', 1, '1::Fir::st (1995)::Drama', /4 fields instead of 3/],
  ],
  'ml-100k': [
    ['row cut short', 'u.data', 2, '1\t2', /2 fields instead of 4: "1\\t2"/],
    ['extra field', 'u.data', 1, '1\t1\t5\t100\tx', /5 fields instead of 4/],
    ['blanks for tabs', 'u.data', 2, '1 2 3 300', /1 fields instead of 4/],
    ['header', 'u.data', 1, 'user id\titem id\trating\ttimestamp', /user id: "user id" is not/],
    ['empty user', 'u.data', 5, '\t2\t5\t5', /user id: "" is not a whole number/],
    ['empty film', 'u.data', 5, '3\t\t5\t5', /item id: "" is not a whole number/],
    ['rating out of range', 'u.data', 5, '3\t2\t0\t5', /rating: "0" is not one of 1, 2/],
    ['text as time', 'u.data', 4, '2\t1\t1\tnow', /timestamp: "now" is not/],
    ['infinite time', 'u.data', 4, '2\t1\t1\tinf', /timestamp: "inf" is not/],
    ['negative time', 'u.data', 4, '2\t1\t1\t-20', /timestamp: "-20" is not/],
    ['milliseconds', 'u.data', 4, '2\t1\t1\t881250949000', /"881250949000" is not a whole number of seconds/],
    ['huge id', 'u.data', 4, '12345678901\t1\t1\t20', /user id: "12345678901" is not/],
    ['quoted id', 'u.data', 4, '"2"\t1\t1\t20', /user id: "\\"2\\"" is not/],
    ['binary junk', 'u.data', 3, '\u0001\u00ff\u0002', /1 fields instead of 4/],
    ['age as text', 'u.user', 1, '1|old|M|technician|85711', /age: the value is not an age from 0 to 119/],
    ['negative age', 'u.user', 1, '1|-4|M|technician|85711', /age: the value is not an age/],
    ['age of nobody', 'u.user', 1, '1|240|M|technician|85711', /age: the value is not an age/],
    ['empty age', 'u.user', 1, '1||M|technician|85711', /age: the value is not an age/],
    ['unknown gender', 'u.user', 2, '2|53|female|other|94043', /gender: the value is not one of F, M/],
    ['unknown occupation', 'u.user', 2, '2|53|F|pilot|94043', /occupation: the value is not one of adm/],
    ['user cut short', 'u.user', 3, '3|7', /2 fields instead of 5$/],
    ['user twice', 'u.user', 3, '1|7|M|none|T8H1N', /the id 1 occurs a second time/],
    ['film twice', 'u.item', 3, `2|unknown||||${flags(0)}`, /the id 2 occurs a second time/],
    ['film with a genre too few', 'u.item', 2, `2|Café (1995)||||0|0`, /7 fields instead of 24/],
    [
      'genre that is no flag',
      'u.item',
      1,
      `1|First (1995)||||${flags(3).replace('1', '2')}`,
      /genre 3: "2" is/,
    ],
    ['genre without number', 'u.genre', 4, 'Genre3', /1 fields instead of 2/],
    ['genre of a number too high', 'u.genre', 19, 'Genre18|19', /number: "19" is not one of 0, 1/],
    ['number twice', 'u.genre', 5, 'Genre4|3', /the number 3 occurs a second time/],
  ],
}

describe.each([
  ['ml-1m', million, 'ratings.dat'],
  ['ml-100k', hundred, 'u.data'],
] as const)('%s, malformed', (source, files, interactions) => {
  it.each(corruptions[source])(
    '%s in %s:%i is an error that names the place',
    async (_, file, line, text, message) => {
      await write({ ...files, [file]: files[file]!.with(line - 1, text) })
      const { code, message: shown } = await failure(add(source))
      expect(code).toBe('DATA_MALFORMED_ROW')
      expect(shown).toContain(`${join(from, file)}:${line}: `)
      expect(shown).toMatch(message)
    },
  )

  it('shows no value of a user', async () => {
    for (const [, file, line, text] of corruptions[source].filter(([, name]) => /user/.test(name))) {
      await write({ ...files, [file]: files[file]!.with(line - 1, text) })
      const { message, details } = await failure(add(source))
      for (const value of text
        .split(/::|\|/)
        .slice(1)
        .filter((part) => /^\d{5}$|old|pilot|240|57|X/.test(part))) {
        expect(`${message.replace(folder, '')} ${JSON.stringify(details)}`).not.toContain(value)
      }
    }
  })

  it('names a file that is empty, missing, a folder or a broken link', async () => {
    for (const file of Object.keys(files)) {
      await write({ ...files, [file]: '' })
      expect((await failure(add(source))).message).toContain(file)
      await rm(join(from, file))
      expect((await failure(add(source))).message).toContain(`cannot read ${file}`)
      await symlink(join(from, 'nowhere'), join(from, file))
      expect((await failure(add(source))).message).toContain(`cannot read ${file}`)
      await rm(join(from, file))
      await mkdir(join(from, file))
      expect((await failure(add(source))).message).toContain(file)
      await rm(join(from, file), { recursive: true })
      await write(files)
    }
  })

  it('takes what is unusual but in form: CRLF, blank lines, no last line end', async () => {
    await write(files)
    const { contentSha256 } = await add(source)
    await rm(home, { recursive: true })
    await write(
      Object.fromEntries(Object.entries(files).map(([name, lines]) => [name, lines.join('\r\n\r\n')])),
    )
    expect((await add(source)).contentSha256).toBe(contentSha256)
  })

  it('skips bad rows on request, counts them and shows the first without a folder', async () => {
    const [users = ''] = Object.keys(files)
    const bad = Array.from({ length: 7 }, (_, row) => `bad ${row}`)
    await write({
      ...files,
      [interactions]: [...bad, ...files[interactions]!],
      [users]: [...files[users]!, 'F'],
    })
    const { skipped, counts } = await add(source, { onBadRow: 'skip' })
    expect(counts.interactions).toBe(files[interactions]!.length)
    expect(skipped.count).toBe(8)
    expect(skipped.examples).toEqual([
      `${users}:4: 1 fields instead of 5`,
      ...bad.slice(0, 4).map((row, i) => `${interactions}:${i + 1}: 1 fields instead of 4: "${row}"`),
    ])
  })

  it('skips the second line of an id, and says when nothing is left of all rows', async () => {
    const [users = ''] = Object.keys(files)
    await write({ ...files, [users]: [...files[users]!, files[users]![0]!] })
    expect((await add(source, { onBadRow: 'skip' })).skipped.examples).toEqual([
      `${users}:4: the id 1 occurs a second time`,
    ])
    await rm(home, { recursive: true })
    await write({ ...files, [interactions]: ['x', 'y'] })
    expect((await failure(add(source, { onBadRow: 'skip' }))).message).toMatch(/all 2 rows were malformed/)
  })

  it('drops ratings below minRating', async () => {
    await write(files)
    const { counts, dropped } = await add(source, { minRating: 4 })
    expect(counts.interactions + dropped!.minRating).toBe(files[interactions]!.length)
    expect(counts.interactions).toBe(
      files[interactions]!.filter((row) => /^\d+\D+\d+\D+[45]/.test(row)).length,
    )
    await rm(home, { recursive: true })
    expect((await failure(add(source, { minRating: 6 }))).message).toMatch(/rating below minRating/)
  })

  it('gives a data set or a user error, whatever bytes are changed', async () => {
    const change = fc.record({
      file: fc.constantFrom(...Object.keys(files)),
      at: fc.nat(400),
      remove: fc.nat(3),
      insert: fc.string({ unit: 'binary', maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const texts = Object.fromEntries(
          Object.entries(files).map(([name, lines]) => [name, lines.map((line) => `${line}\n`).join('')]),
        )
        for (const { file, at, remove, insert } of changes) {
          const text = texts[file]!
          texts[file] = text.slice(0, at) + insert + text.slice(at + remove)
        }
        await write(texts)
        const outcome = await add(source).then(
          () => ({ kind: 'user', message: 'added without u.user or users.dat to blame' }),
          (error: unknown) => error as VeilrecError,
        )
        expect(outcome).toMatchObject({
          kind: 'user',
          message: expect.stringMatching(/(users|movies|ratings)\.dat|u\.(user|item|genre|data)/) as string,
        })
        expect(await readdir(join(home, 'datasets')).catch(() => [])).toEqual(
          outcome instanceof VeilrecError ? [] : ['tiny'],
        )
        await rm(home, { recursive: true, force: true })
      }),
      { numRuns: 40, seed: 3 },
    )
  })
})
