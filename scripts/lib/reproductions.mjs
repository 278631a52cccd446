// The tables of papers that can be reproduced, from built code.
import { listReproductions } from '@veilrec/lab'

/** Every table with its cells and how long they are estimated to take. */
export function reproductionsTable() {
  const rows = listReproductions().map(({ paper, table, title, cells, minutes, notRun }) => {
    const time = cells.length === 0 ? '-' : `${(minutes / 60).toFixed(1)} h`
    const left =
      notRun.length === 0
        ? ''
        : `; ${notRun.length} rows not run: ${[...new Set(notRun.map(({ why }) => why))].join(', ')}`
    return `| \`${paper} ${table}\` | ${title}${left} | ${cells.length} | ${time} |`
  })
  return ['| table | what | cells | about |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
