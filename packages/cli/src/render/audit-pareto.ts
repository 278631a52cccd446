import { leakageOf, type AuditResult } from '@veilrec/lab'

import { rowLabel, type LabelledRow } from './audit-rows.js'
import { scatterLines } from './scatter.js'

const width = 60
const height = 14

/**
 * Accuracy against leakage, a point for each row: NDCG@10 of all users over the highest AUC on a hidden attribute, on any
 * attribute for the base. Names stand beside it; rows without a figure cannot be drawn and are named below.
 */
export function paretoLines({ chanceMargin }: AuditResult, rows: readonly LabelledRow[]): string[] {
  const points = rows.map((labelled) => ({
    labelled,
    x: leakageOf(labelled.row, labelled.leaks).auc,
    y: ndcgOf(labelled),
  }))
  const drawn = points.flatMap(({ labelled: { key }, x, y }) => (x === null ? [] : [{ label: key, x, y }]))
  const best = Math.max(...rows.map((labelled) => ndcgOf(labelled)))
  // A single point compares nothing.
  if (drawn.length < 2) return []
  const lines = scatterLines(drawn, {
    xTitle: 'highest AUC (dotted: 0.5, guessing)',
    yTitle: 'NDCG@10; best is the upper left',
    minimumSpan: { x: 2 * (chanceMargin - 0.5), y: Math.max(best * 0.1, 1e-4) },
    lineAt: 0.5,
    width,
    height,
  })
  const column = Math.max(...lines.slice(0, height + 2).map(({ length }) => length)) + 3
  // The first line is the title of the axis.
  const names = rows.map((labelled) => rowLabel(labelled))
  const shown = names.length <= height ? names : [...names.slice(0, height - 1), 'and the rest as above']
  const undrawn = points.filter(({ x }) => x === null).map(({ labelled }) => labelled.key)
  return [
    ...lines.map((line, i) => {
      const name = shown[i - 1]
      return name === undefined ? line : `${line.padEnd(column)}${name}`
    }),
    ...(undrawn.length === 0 ? [] : [`not drawn, as there is no figure: ${undrawn.join(', ')}`]),
  ]
}

function ndcgOf({ row }: LabelledRow): number {
  return row.accuracy.all['ndcg@10'].value
}
