import { htmlTable } from '../data-table.js'
import { element, type Markup } from '../markup.js'
import type { ReportSource } from '../report-sources.js'

/** What the report was made from: what is needed to make it again, and nothing that names a machine or a person (rule 13). */
export function originPart(sources: readonly ReportSource[]): Markup {
  const facts = sources.map(({ run, stored }) => {
    const of = stored?.audit ?? run!.manifest
    const dataset = stored?.audit.dataset ?? run!.manifest.dataset
    const cpu =
      stored === null ? run!.manifest.cpu : `${stored.audit.cpu.model}, ${stored.audit.cpu.cores} cores`
    const versions = { ...run?.manifest.versions, ...stored?.audit.versions }
    return [
      run?.name ?? stored?.audit.run ?? '',
      stored?.file ?? 'not audited',
      of.configHash.slice(0, 12),
      `${dataset.name} ${dataset.hash.slice(0, 12)}`,
      stored === null ? '-' : String(stored.audit.seed),
      String(stored?.audit.trainingSeed ?? run?.manifest.seed ?? '-'),
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
      cpu,
    ]
  })
  return [
    element('h2', { id: 'origin' }, 'Made from'),
    htmlTable({
      caption: 'Sources',
      head: ['run', 'audit', 'settings', 'data', 'audit seed', 'training seed', 'versions', 'processor'],
      groups: [{ rows: facts }],
    }),
    element(
      'p',
      {},
      'Settings and data are the first twelve digits of SHA-256 hashes, in full in run.json and dataset.json.',
    ),
  ]
}
