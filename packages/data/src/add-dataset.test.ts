import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { userGroups, VeilrecError } from '@veilrec/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addDataset, type AddDatasetRequest } from './add-dataset.js'
import { sqlText, withDuckDB } from './duckdb/with-duckdb.js'
import { datasetSources } from './sources/registry.js'
import { datasetCard } from './storage/dataset-card.js'
import { listDatasets } from './storage/list-datasets.js'
import { loadCandidates } from './storage/load-candidates.js'
import { loadDataset } from './storage/load-dataset.js'

const users = ['1::F::1::10::48067', '2::M::56::16::70072', '3::M::25::15::55117', '9::F::25::0::02460-1234']
const movies = [
  '1::Toy Story (1995)::Animation|Comedy',
  '40::Café (1995)::Drama',
  '7::"Quoted, Comma" (1996)::Drama',
  '8::Never Seen (1997)::Drama',
]
// User 2 saw 40 before 1; user 1 has a tie in time at the end (7 stands before 40 in the file).
const ratings = ['1::1::5::100', '1::7::3::300', '1::40::4::300', '2::1::1::20', '2::40::2::10', '3::7::5::5']

let folder: string
let from: string
let home: string

async function writeMovielens(
  files: Readonly<Record<string, readonly string[]>>,
  newline = '\n',
): Promise<void> {
  for (const [name, lines] of Object.entries(files)) {
    await writeFile(join(from, name), Buffer.from(lines.map((line) => line + newline).join(''), 'latin1'))
  }
}

function add(request: Partial<AddDatasetRequest> = {}): ReturnType<typeof addDataset> {
  return addDataset({ name: 'tiny', source: 'ml-1m', from, home, seed: 1, options: { kCore: 1 }, ...request })
}

async function failure(work: Promise<unknown>): Promise<VeilrecError> {
  return work.then(
    () => Promise.reject(new Error('no error was thrown')),
    (error: unknown) => {
      expect(error).toBeInstanceOf(VeilrecError)
      return error as VeilrecError
    },
  )
}

/** Names of everything under `datasets`, also of what is hidden. */
function leftBehind(): Promise<string[]> {
  return readdir(join(home, 'datasets')).catch(() => [])
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilrec-data-'))
  // Characters that mean something in a glob or in SQL must not.
  from = join(folder, "it's [all] here")
  home = join(folder, 'home')
  await mkdir(from)
  await writeMovielens({ 'users.dat': users, 'movies.dat': movies, 'ratings.dat': ratings })
})
afterEach(() => rm(folder, { recursive: true }))

describe('addDataset on a hand-made MovieLens folder', () => {
  it('stores and loads histories in time order, ties by source row, titles in Latin-1', async () => {
    const card = await add()
    const dataset = await loadDataset(home, 'tiny')
    expect(card.counts).toEqual({ users: 3, items: 3, interactions: 6 })
    expect(dataset.userIds).toEqual(['1', '2', '3']) // user 9 has no interaction
    expect(dataset.itemIds).toEqual(['', '1', '40', '7'])
    expect(dataset.itemTitles).toEqual(['', 'Toy Story (1995)', 'Café (1995)', '"Quoted, Comma" (1996)'])
    expect(Array.from(dataset.histories.offsets)).toEqual([0, 3, 5, 6])
    expect(Array.from(dataset.histories.items)).toEqual([1, 3, 2, 2, 1, 3])
    expect(Array.from(dataset.lastItemTied)).toEqual([1, 0, 0])
    expect(dataset.numUsers).toBe(3)
    expect(dataset.numItems).toBe(3)
    expect(dataset.hash).toBe(card.sha256)
    expect(dataset.itemProperties).toEqual([
      {
        name: 'genre',
        values: ['Animation', 'Comedy', 'Drama'],
        offsets: Int32Array.from([0, 0, 2, 3, 4]),
        codes: Int32Array.from([0, 1, 2, 2]),
      },
    ])
    expect(dataset.histories.items.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(card.statistics).toMatchObject({ tieRate: 2 / 6, lastItemTiedShare: 1 / 3 })
    expect(card.licence.page).toBe('https://grouplens.org/datasets/movielens/1m/')
  })

  it('stores both splits: sizes on the card, borders in time with the data', async () => {
    const { splits } = await add()
    expect(splits.leaveOneOut.sizes).toEqual({
      train: { users: 1, interactions: 1 },
      validation: { users: 2, interactions: 2 },
      test: { users: 3, interactions: 3 },
    })
    // Times 5, 10, 20, 100, 300, 300: four fifths of six are four, nine tenths are five, and both 300 go together.
    expect(splits.globalTime).toMatchObject({
      validationFrom: 300,
      testFrom: 300,
      sizes: {
        train: { users: 3, interactions: 4 },
        validation: { users: 0, interactions: 0 },
        test: { users: 1, interactions: 2 },
      },
    })
    const { globalTime } = await loadDataset(home, 'tiny')
    expect(globalTime).toEqual({
      validationFrom: 300,
      testFrom: 300,
      trainLength: Int32Array.from([1, 2, 1]),
      validationLength: Int32Array.from([1, 2, 1]),
    })
  })

  it('stores candidates: for both targets, unseen, here all there are', async () => {
    const { candidates } = await add()
    expect(candidates).toMatchObject({ perUser: 100, usersWithFewer: 3 })
    const { validation, test } = await loadCandidates(home, 'tiny')
    for (const { offsets, items } of [validation, test]) {
      expect(Array.from(offsets)).toEqual([0, 0, 1, 3])
      expect(items[0]).toBe(3) // user 2 saw the films 1 and 40, the items 1 and 2
      expect(items.slice(1).sort()).toEqual(Int32Array.of(1, 2))
    }
  })

  it('keeps fractions of a second, which break ties', async () => {
    const times = [1.25, 1.125, 1]
    const data = {
      userIds: ['a'],
      itemIds: ['x', 'y', 'z'],
      attributes: [],
      user: new Int32Array(3),
      item: Int32Array.of(0, 1, 2),
      time: Float64Array.from(times),
    }
    const read = vi.spyOn(datasetSources.simulated, 'configure').mockReturnValue({
      options: { minInteractions: 1, kCore: 1 },
      read: () => Promise.resolve(data),
    })
    const card = await addDataset({ name: 'fine', source: 'simulated', home, seed: 1 }).finally(() =>
      read.mockRestore(),
    )
    expect(card.files['interactions.parquet']).toMatchObject({ time: 'DOUBLE' })
    const dataset = await loadDataset(home, 'fine')
    expect(Array.from(dataset.histories.items)).toEqual([3, 2, 1])
    expect(dataset.globalTime.testFrom).toBe(1.25)
  })

  it('names the classes that occur and never reads the zip code', async () => {
    const card = await add()
    expect(card.attributes).toEqual([
      {
        name: 'gender',
        classes: [
          { name: 'F', users: 1 },
          { name: 'M', users: 2 },
        ],
        missing: 0,
      },
      {
        name: 'age',
        classes: [
          { name: 'Under 18', users: 1 },
          { name: '25-34', users: 1 },
          { name: '56+', users: 1 },
        ],
        missing: 0,
      },
      {
        name: 'occupation',
        classes: [
          { name: 'K-12 student', users: 1 },
          { name: 'scientist', users: 1 },
          { name: 'self-employed', users: 1 },
        ],
        missing: 0,
      },
    ])
    const { attributes } = await loadDataset(home, 'tiny')
    expect(attributes.map(({ codes }) => Array.from(codes))).toEqual([
      [0, 1, 1],
      [0, 2, 1],
      [0, 2, 1],
    ])
  })

  it('writes Parquet files other tools read, in private folders', async () => {
    await add()
    const rows = await withDuckDB(undefined, async (connection) => {
      const read = async (file: string): Promise<unknown[]> =>
        (
          await connection.runAndReadAll(`SELECT * FROM ${sqlText(join(home, 'datasets', 'tiny', file))}`)
        ).getRowObjectsJson()
      return [await read('interactions.parquet'), await read('users.parquet'), await read('items.parquet')]
    })
    expect(rows[0]!.slice(0, 2)).toEqual([
      { user: 0, item: 1, time: '100' },
      { user: 0, item: 3, time: '300' },
    ])
    expect(rows[1]![1]).toMatchObject({ user: 1, id: '2', attribute_gender: 1, last_item_tied: false })
    expect(userGroups).toContain((rows[1]![0] as { group: string }).group)
    expect(rows[2]![0]).toEqual({
      item: 1,
      id: '1',
      title: 'Toy Story (1995)',
      property_genre: ['Animation', 'Comedy'],
    })
    if (process.platform === 'win32') return
    expect((await stat(join(home, 'datasets', 'tiny'))).mode & 0o777).toBe(0o700)
    for (const file of await readdir(join(home, 'datasets', 'tiny'))) {
      expect((await stat(join(home, 'datasets', 'tiny', file))).mode & 0o777).toBe(0o600)
    }
  })

  it('keeps a user and a film that only the ratings name: no attribute value, the id as title', async () => {
    await writeMovielens({ 'ratings.dat': [...ratings, '77::99::5::7'] })
    const card = await add()
    const dataset = await loadDataset(home, 'tiny')
    expect(card.attributes.map(({ missing }) => missing)).toEqual([1, 1, 1])
    expect(dataset.attributes[0]!.codes.at(-1)).toBe(-1)
    expect(dataset.itemTitles!.at(-1)).toBe('99')
  })

  it('reads Windows line ends and a missing last line end alike', async () => {
    const { contentSha256 } = await add()
    await writeMovielens({ 'users.dat': users, 'movies.dat': movies, 'ratings.dat': ratings }, '\r\n')
    expect((await add({ name: 'windows' })).contentSha256).toBe(contentSha256)
    await writeFile(join(from, 'ratings.dat'), ratings.join('\n'))
    expect((await add({ name: 'cut' })).contentSha256).toBe(contentSha256)
  })

  it('gives the same hash for the same seed, another split for another seed, under any name', async () => {
    await writeMovielens({
      'users.dat': Array.from({ length: 40 }, (_, u) => `${u + 1}::${u % 3 ? 'M' : 'F'}::25::${u % 5}::1`),
      'ratings.dat': Array.from({ length: 40 }, (_, u) => `${u + 1}::1::5::${u}`),
    })
    const [one, two, other] = [
      await add(),
      await add({ name: 'again' }),
      await add({ name: 'other', seed: 2 }),
    ]
    expect(two.sha256).toBe(one.sha256)
    expect(other.contentSha256).toBe(one.contentSha256)
    expect(other.sha256).not.toBe(one.sha256)
    expect((await listDatasets(home)).map(({ name }) => name)).toEqual(['again', 'other', 'tiny'])
  })
})

describe('addDataset refuses', () => {
  it.each([
    ['ratings.dat', ratings.with(3, '2::x::1::20'), /ratings\.dat:4: MovieID: "x" is not a whole number/],
    [
      'ratings.dat',
      ratings.with(1, '1::7::6::300'),
      /ratings\.dat:2: Rating: "6" is not one of 1, 2, 3, 4, 5/,
    ],
    ['ratings.dat', ratings.with(0, '1::1::5'), /ratings\.dat:1: 3 fields instead of 4: "1::1::5"/],
    [
      'ratings.dat',
      ['', ...ratings, '1::1::5::-3'],
      /ratings\.dat:8: Timestamp: "-3" is not a whole number of seconds/,
    ],
    ['ratings.dat', ratings.with(5, '1.5::1::5::3'), /ratings\.dat:6: UserID: "1\.5" is not a whole number/],
    ['movies.dat', [...movies, '8::Twice (1997)::Drama'], /movies\.dat:5: the id 8 occurs a second time/],
    [
      'users.dat',
      users.with(2, '3::Male::25::15::55117'),
      /users\.dat:3: Gender: the value is not one of F, M/,
    ],
    ['users.dat', users.with(1, '2::M::56'), /users\.dat:2: 3 fields instead of 5$/],
  ])('a malformed row of %s by file and line', async (file, lines, message) => {
    await writeMovielens({ [file]: lines })
    const error = await failure(add())
    expect(error.code).toBe('DATA_MALFORMED_ROW')
    expect(error.message).toMatch(message)
    expect(await leftBehind()).toEqual([])
  })

  it('a folder without the files, and no folder, naming what is expected and where to get it', async () => {
    await rm(join(from, 'movies.dat'))
    const error = await failure(add())
    expect(error.code).toBe('DATA_FILES_MISSING')
    expect(error.message).toContain('cannot read movies.dat; expected are users.dat, movies.dat, ratings.dat')
    expect(error.message).toContain(from)
    expect(error.hint).toContain('https://grouplens.org/datasets/movielens/1m/')
    expect((await failure(addDataset({ name: 'ml-1m', home, seed: 1 }))).code).toBe('DATA_FILES_MISSING')
  })

  it('files in which nothing is left', async () => {
    expect((await failure(add({ options: { kCore: 5 } }))).code).toBe('DATA_EMPTY')
    await writeMovielens({ 'ratings.dat': [] })
    expect((await failure(add())).code).toBe('DATA_EMPTY')
  })

  it('a name that is taken, also when both are made at once', async () => {
    const outcomes = await Promise.allSettled([add(), add()])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const second = outcomes.find((outcome) => outcome.status === 'rejected')
    expect(second?.reason).toMatchObject({ code: 'DATASET_EXISTS' })
    const error = await failure(add())
    expect(error.code).toBe('DATASET_EXISTS')
    expect(error.hint).toMatch(/choose another name/)
    expect(await leftBehind()).toEqual(['tiny'])
  })

  it.each(['', '..', '.hidden', 'a/b', 'a\\b', 'con', 'dot.', 'x'.repeat(65), 'é'])(
    'the name %j',
    async (name) => {
      expect((await failure(add({ name }))).code).toBe('INVALID_ARGUMENT')
    },
  )

  it('unknown sources and options, naming them', async () => {
    const unknown = await failure(addDataset({ name: 'mystery', home, seed: 1 }))
    expect(unknown.message).toContain('"mystery" is not a data source')
    const options = { kCore: 0, core: 5 }
    expect((await failure(add({ options }))).message).toMatch(/ml-1m.*kCore: .*core/)
    expect((await failure(add({ seed: 0.5 }))).message).toContain('seed')
    expect((await failure(add({ source: 'simulated', options: {} }))).message).toContain('reads no folder')
  })

  it('to go on when stopped, at every stage, and leaves nothing', async () => {
    for (const stage of ['read', 'filter', 'split', 'write']) {
      const controller = new AbortController()
      const onProgress = (reached: string): void => {
        if (reached === stage) controller.abort()
      }
      const error = await failure(add({ signal: controller.signal, onProgress }))
      expect(error.code).toBe('ABORTED')
      expect(await leftBehind()).toEqual([])
    }
  })

  it('a home that cannot be written', async () => {
    await writeFile(join(folder, 'file'), '')
    const error = await failure(add({ home: join(folder, 'file') }))
    expect(error.code).toBe('DATASET_WRITE_FAILED')
  })
})

describe('loadDataset refuses', () => {
  async function editCard(edit: (card: Record<string, unknown>) => void): Promise<void> {
    const path = join(home, 'datasets', 'tiny', 'dataset.json')
    const card = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>
    edit(card)
    await writeFile(path, JSON.stringify(card))
  }

  it('a data set that is not there', async () => {
    expect((await failure(loadDataset(home, 'tiny'))).code).toBe('DATASET_NOT_FOUND')
    expect(await listDatasets(home)).toEqual([])
  })

  it('a newer format, whatever else is in it, saying who made it', async () => {
    await add()
    await editCard((card) =>
      Object.assign(card, { formatVersion: 3, veilrecVersion: '7.1.0', counts: 'elsewhere' }),
    )
    const error = await failure(loadDataset(home, 'tiny'))
    expect(error.code).toBe('FORMAT_TOO_NEW')
    expect(error.message).toContain('made by veilrec 7.1.0')
    expect(error.hint).toBe('upgrade veilrec')
  })

  it('a broken card, a changed hash, changed rows and missing files', async () => {
    await add()
    await editCard((card) => Object.assign(card, { contentSha256: 'f'.repeat(64) }))
    expect((await failure(loadDataset(home, 'tiny'))).message).toContain('do not have the hash')
    await editCard((card) => Object.assign(card, { counts: { users: 3, items: 3, interactions: 5 } }))
    expect((await failure(loadDataset(home, 'tiny'))).message).toContain('holds 6 rows instead of 5')
    await editCard((card) => Object.assign(card, { seed: 'one' }))
    expect((await failure(datasetCard(home, 'tiny'))).message).toMatch(/seed: /)
    await writeFile(join(home, 'datasets', 'tiny', 'dataset.json'), '{')
    expect((await failure(loadDataset(home, 'tiny'))).code).toBe('DATASET_CORRUPT')
    await rm(join(home, 'datasets', 'tiny'), { recursive: true })
    await add()
    await editCard(({ splits }) =>
      Object.assign((splits as Record<string, object>)['globalTime']!, { testFrom: 301 }),
    )
    expect((await failure(loadDataset(home, 'tiny'))).message).toContain('do not have the hash')
    await editCard((card) => Object.assign(card['candidates'] as object, { sha256: 'f'.repeat(64) }))
    expect((await failure(loadCandidates(home, 'tiny'))).message).toContain(
      'candidates.parquet does not have',
    )
    await rm(join(home, 'datasets', 'tiny', 'candidates.parquet'))
    expect((await failure(loadCandidates(home, 'tiny'))).code).toBe('DATASET_CORRUPT')
    await rm(join(home, 'datasets', 'tiny', 'items.parquet'))
    expect((await failure(loadDataset(home, 'tiny'))).code).toBe('DATASET_CORRUPT')
  })
})

describe('addDataset on simulated data', () => {
  it('needs no folder; what is loaded is what was simulated', async () => {
    const options = { numUsers: 200, numItems: 60 }
    const card = await addDataset({ name: 'simulated', home, seed: 3, options })
    const dataset = await loadDataset(home, 'simulated')
    expect(card.options).toMatchObject({ ...options, kCore: 5, strength: 0.6 })
    expect(dataset.hash).toBe(card.sha256)
    expect(dataset.attributes.map(({ name }) => name)).toEqual(['gender', 'age'])
    expect(card.splits.userGroups.users).toEqual({
      defence: 80,
      attackTrain: 50,
      attackValidation: 20,
      attackTest: 50,
    })
    const again = await addDataset({ name: 'again', source: 'simulated', home, seed: 3, options })
    expect(again.sha256).toBe(card.sha256)
  })
})

const realData = process.env['VEILREC_TEST_DATA']

describe('addDataset on MovieLens 1M', () => {
  it.skipIf(!realData)(
    'has the published counts in under 10 s, the hash it always had, and the known order outside ties',
    async () => {
      const path = join(realData!, 'ml-1m')
      // Processor time of all threads: it bounds the time on an idle machine, and a busy one does not change it much.
      const start = process.cpuUsage()
      const card = await addDataset({ name: 'ml-1m', from: path, home, seed: 1 })
      const { user, system } = process.cpuUsage(start)
      expect((user + system) / 1e6).toBeLessThan(10)
      expect(card.counts).toEqual({ users: 6040, items: 3416, interactions: 999_611 })
      // Of the staged ratings, whose order is the publisher's and whose times are partly estimated.
      const staged = '744940c47207f9d419d4e90e2ce5c46fab6ba55d8b9f0bbc51339669b5b0465b'
      const hash = '5888b9db6cbb3de72de58f932ff8506223935187b747b66d6658930614341b68'
      const ratingsFile = card.sourceFiles.find(({ name }) => name === 'ratings.dat')!
      expect(ratingsFile.sha256 !== staged || card.sha256 === hash).toBe(true)
      expect(card.attributes.map(({ classes }) => classes.length)).toEqual([2, 7, 21])
      expect(card.itemProperties).toEqual([{ name: 'genre', values: 18, missing: 0 }])
      expect(card.sourceFiles.slice(0, 2).map(({ asPublished }) => asPublished)).toEqual([true, true])
      expect(card.splits.userGroups.users).toEqual({
        defence: 2416,
        attackTrain: 1510,
        attackValidation: 604,
        attackTest: 1510,
      })

      const dataset = await loadDataset(home, 'ml-1m')
      expect(dataset.itemTitles).toContain('Misérables, Les (1995)')
      // Another record of each user's items in order of time (independent for users 1 to 2999), equal but for ties.
      const itemIndex = new Map(dataset.itemIds.map((id, index) => [id, index]))
      const record = gunzipSync(await readFile(join(path, 'chronological_order.txt.gz'))).toString()
      let compared = 0
      for (const line of record.trim().split('\n')) {
        const [userId, ...items] = line.split(/\s+/)
        const user = dataset.userIds.indexOf(userId!)
        const kept = items.flatMap((id) => itemIndex.get(id) ?? [])
        const own = dataset.histories.items.subarray(
          dataset.histories.offsets[user],
          dataset.histories.offsets[user + 1],
        )
        expect(Int32Array.from(kept).sort()).toEqual(own.slice().sort())
        if (dataset.lastItemTied[user]) continue
        expect(own.at(-1)).toBe(kept.at(-1))
        compared++
      }
      expect(compared).toBeGreaterThan(3000)
    },
  )
})

describe('addDataset on MovieLens 100K', () => {
  it.skipIf(!realData)('has the published counts, bytes and group sizes', async () => {
    const card = await addDataset({ name: 'ml-100k', from: join(realData!, 'ml-100k'), home, seed: 1 })
    expect(card.counts).toEqual({ users: 943, items: 1349, interactions: 99_287 })
    expect(card.sourceFiles.map(({ asPublished }) => asPublished)).toEqual([true, true, true, true])
    const sizes = card.attributes.map(({ classes }) => classes.map(({ users: size }) => size))
    expect(sizes[0]).toEqual([273, 670])
    expect(sizes[1]).toEqual([36, 198, 310, 194, 80, 73, 52])
    expect(sizes[2]).toHaveLength(21)
    expect(card.attributes[2]!.classes.find(({ name }) => name === 'student')?.users).toBe(196)
    const dataset = await loadDataset(home, 'ml-100k')
    const [genre] = dataset.itemProperties!
    expect(genre!.values).toHaveLength(18)
    const movie = dataset.itemTitles!.indexOf('Toy Story (1995)')
    const codes = genre!.codes.subarray(genre!.offsets[movie], genre!.offsets[movie + 1])
    expect(Array.from(codes, (code) => genre!.values[code])).toEqual(['Animation', "Children's", 'Comedy'])
  })
})
