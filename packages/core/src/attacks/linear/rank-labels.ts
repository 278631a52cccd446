import { VeilrecError } from '../../errors/veilrec-error.js'

/**
 * The classes that occur, ascending, and every label's place among them: what a logistic regression is fitted on.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for fewer than two classes.
 */
export function rankLabels(labels: ArrayLike<number>): { classes: number[]; y: Int32Array } {
  const classes = [...new Set(Array.from(labels))].sort((a, b) => a - b)
  if (classes.length < 2) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `logistic regression needs labels of at least two classes, got ${classes.length}`,
      { classes: classes.length, rows: labels.length },
    )
  }
  const position = new Map(classes.map((label, index) => [label, index]))
  return { classes, y: Int32Array.from(labels, (label) => position.get(label)!) }
}
