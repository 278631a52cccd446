import { basename } from 'node:path'
import { VeilrecError } from '@veilrec/core'
import type { SkippedRows } from '../raw-data.js'

/** What is wrong with a row, and where; sensitive values are in none of it. */
export interface BadRow {
  readonly path: string
  /** From 1; the row of a file that has no lines. */
  readonly line: number
  /** Between the path and the line, `: row ` for a file that has no lines; a colon when left out. */
  readonly lineMark?: string
  readonly problem: string
  readonly details?: Readonly<Record<string, unknown>>
  readonly hint: string
}

/** Rows told in words. */
export const maxExamples = 5

/** What becomes of malformed rows: the first one is an error, or they are left out and counted. */
export class BadRows {
  readonly #onBadRow: 'fail' | 'skip'
  readonly #examples: string[] = []
  #count = 0

  constructor(onBadRow: 'fail' | 'skip') {
    this.#onBadRow = onBadRow
  }

  /** Whether rows are left out; if not, {@link BadRows.add} throws. */
  get areSkipped(): boolean {
    return this.#onBadRow === 'skip'
  }

  /** @throws VeilrecError `DATA_MALFORMED_ROW` unless malformed rows are skipped */
  add({ path, line, lineMark = ':', problem, details, hint }: BadRow): void {
    const file = basename(path)
    if (this.#onBadRow === 'fail') {
      throw new VeilrecError(
        'DATA_MALFORMED_ROW',
        `${path}${lineMark}${line}: ${problem}`,
        { file, line, ...details },
        hint,
      )
    }
    this.#count++
    // Without the folder: examples are stored on the card, and a path says something about a machine.
    if (this.#examples.length < maxExamples) this.#examples.push(`${file}${lineMark}${line}: ${problem}`)
  }

  /** Counts rows of which nothing more is told. */
  addMore(rows: number): void {
    this.#count += rows
  }

  /** What was left out so far. */
  skipped(): SkippedRows {
    return { count: this.#count, examples: this.#examples }
  }
}
