import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * The 1-based line on which a row of a text file with a header starts; only errors need it, so it reads the file again.
 *
 * Blank lines are no rows. A quoted field may hold line breaks.
 *
 * @param row 0-based, the header not counted.
 * @returns null when the file has fewer rows.
 */
export async function lineOfRow(path: string, row: number): Promise<number | null> {
  const input = createReadStream(path)
  let line = 0
  let start = 0
  let current = -2 // the header becomes -1
  let isQuoted = false
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line++
      if (!isQuoted && text === '') continue
      if (!isQuoted) start = line
      if ((text.split('"').length - 1) % 2 === 1) isQuoted = !isQuoted
      if (isQuoted) continue
      current++
      if (current === row) return start
    }
    return null
  } finally {
    input.destroy()
  }
}
