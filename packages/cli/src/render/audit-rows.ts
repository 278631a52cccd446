import type { AttackState } from '@veilrec/core'
import { headlineEvidence, leaksOf, requirementName, type AuditResult, type JudgedRow } from '@veilrec/lab'

import type { Cell, TableHeading } from './table.js'

/** A row of the score card under the letter by which the other tables and the picture call it. */
export interface LabelledRow extends JudgedRow {
  /** `*` for the base, then `a` to `z`, `A` to `Z`; `+` for those beyond. */
  readonly key: string
  /** `(none)`, or the hidden attributes separated by commas. */
  readonly name: string
}

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** The rows with their letters, in their order. */
export function labelRows(result: Pick<AuditResult, 'rows' | 'isQuick'>): LabelledRow[] {
  const next = letters[Symbol.iterator]()
  const evidence = headlineEvidence(result)
  return result.rows.map((row) => ({
    row,
    key: row.veil === null ? '*' : (next.next().value ?? '+'),
    name: requirementName(row),
    leaks: leaksOf(row, evidence),
  }))
}

/** The text, or its beginning and an ellipsis where it has more than `width` characters. */
export function cut(text: string, width: number): string {
  const characters = Array.from(text)
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}

/** The text in lines of at most 118 characters, all but the first indented. */
export function wrapped(text: string): string {
  return text.replaceAll(/(.{1,116})(?: |$)/g, '$1\n  ').trimEnd()
}

/** First column of a table by requirement: letter and name, at most `width` characters. */
export function rowLabel({ key, name }: LabelledRow, width = 23): string {
  return cut(`${key} ${name}`, width)
}

/** The rows of a table, those of each veil below its name. */
export function rowsByVeil(
  rows: readonly LabelledRow[],
  cellsOf: (row: LabelledRow) => readonly (readonly Cell[])[],
): (readonly Cell[] | TableHeading)[] {
  return rows.flatMap((labelled, i): (readonly Cell[] | TableHeading)[] => {
    const { veil } = labelled.row
    const cells = cellsOf(labelled)
    return veil === null || veil === rows[i - 1]?.row.veil
      ? [...cells]
      : [{ heading: `behind ${veil}` }, ...cells]
  })
}

/** The state of an attack in a narrow column. */
export function stateWord(state: AttackState): string {
  return stateWords[state]
}

const stateWords: Readonly<Record<AttackState, string>> = {
  measured: 'measured',
  'majority-only': 'majority',
  dead: 'DEAD',
  undefined: 'undef',
}
