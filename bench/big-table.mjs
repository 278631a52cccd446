// A CSV of 20 million interactions added by the command: seconds, and memory at its peak.
// `node bench/big-table.mjs --rows N` tries it with fewer and writes no result.
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Rng } from '@veilrec/core'

import { measuredVeilrec } from './lib/command.mjs'

// MovieLens 20M has 20,000,263 ratings of 26,744 films by 138,493 users, with 20 to 9,254 each, from 1995 to 2015.
const numRows = 20_000_000
const numUsers = 138_000
const numItems = 27_000
const firstTime = 789_652_009
const lastTime = 1_427_784_002

const mapping = `interactions: { file: ratings.csv, user: userId, item: movieId, time: timestamp, rating: rating }
users:
  file: users.csv
  id: userId
  attributes:
    gender: {}
    age: { type: number, bins: [18, 25, 35, 45, 50, 56] }
`

export async function measure({ rows = numRows } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'veilrec-big-table-'))
  try {
    generate(folder, rows)
    const mappingFile = join(folder, 'mapping.yaml')
    const words = ['data', 'add', 'big', '--source', 'table', '--mapping', mappingFile]
    const { seconds, peakGiB, result: card } = await measuredVeilrec(join(folder, 'home'), words)
    const bytes = statSync(join(folder, 'ratings.csv')).size
    const what = `of ${rows / 1e6} million interactions`
    return {
      results: { rows, bytes, seconds, peakGiB, counts: card.counts, users: card.splits.userGroups.users },
      bars: [
        { what: `add a CSV ${what} (s)`, bar: '< 90', measured: seconds, met: seconds < 90 },
        {
          what: `the same, resident memory at its peak (GiB)`,
          bar: '< 4',
          measured: peakGiB,
          met: peakGiB < 4,
        },
      ],
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Writes the files, the same for the same number of rows. Users have 20 interactions and an exponential number more;
 * the item of popularity rank r has probability proportional to 1 / sqrt(r); rows are by user and, within, in no order of time.
 */
function generate(folder, rows) {
  const rng = Rng.fromSeed(20)
  const users = Math.max(1, Math.round((numUsers * rows) / numRows))
  const spread = rows / users - 20
  const ratings = writer(join(folder, 'ratings.csv'), 'userId,movieId,rating,timestamp\n')
  const people = writer(join(folder, 'users.csv'), 'userId,gender,age\n')
  let left = rows
  for (let user = 1; user <= users; user++) {
    const atLeast = 20 * (users - user)
    const drawn = 20 + Math.round(-spread * Math.log(1 - rng.uniform()))
    const length = user === users ? left : Math.min(drawn, left - atLeast)
    left -= length
    const start = firstTime + rng.int(lastTime - firstTime - 30 * 86_400)
    for (let i = 0; i < length; i++) {
      const rank = Math.floor(numItems * rng.uniform() ** 2)
      // Spreads ranks over ids as large as MovieLens has them; 7919 and the number of items have no common divisor.
      const item = 1 + 5 * ((rank * 7919) % numItems)
      ratings.write(`${user},${item},${(1 + rng.int(10)) / 2},${start + rng.int(30 * 86_400)}\n`)
    }
    people.write(`${user},${rng.uniform() < 0.7 ? 'M' : 'F'},${12 + rng.int(60)}\n`)
  }
  ratings.close()
  people.close()
  writeFileSync(join(folder, 'mapping.yaml'), mapping)
}

function writer(path, header) {
  const file = openSync(path, 'w')
  let text = header
  const flush = () => {
    writeSync(file, text)
    text = ''
  }
  return {
    write: (line) => {
      text += line
      if (text.length > 2 ** 20) flush()
    },
    close: () => {
      flush()
      closeSync(file)
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const at = process.argv.indexOf('--rows')
  const rows = at === -1 ? numRows : Number(process.argv[at + 1])
  if (!(rows >= 1000)) throw new Error('--rows N needs a number of at least 1000')
  console.log(JSON.stringify(await measure({ rows }), undefined, 2))
}
