import type { ReportResult } from '@veilrec/lab'

import { wrapped } from './audit-rows.js'

/** A report that was just written: what stands at its top, and where it is. */
export function renderReport({ file, bytes, findings, figures, unaudited }: ReportResult): string {
  return [
    ...findings.flatMap(({ subject, sentence, veils }) => [
      subject,
      wrapped(`  ${sentence}`),
      ...veils.map((line) => wrapped(`  - ${line}`)),
    ]),
    '',
    `${file}: ${Math.ceil(bytes / 1024)} KiB, one file that opens in any browser, offline, and prints`,
    ...(figures.length === 0 ? [] : [`${figures.length} files of figures, such as ${figures[0]}`]),
    ...(unaudited.length === 0
      ? []
      : ['', `Next: veilrec audit ${unaudited[0]}, and the report again for what is missing`]),
  ].join('\n')
}
