// What `npm run docs` can write between markers: one function per name, each returning Markdown.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@veilrec/core'
import { commentedConfig, describeModels } from '@veilrec/lab'
import { accuracyTable, smallAccuracyTable } from './accuracy.mjs'
import { baseAuditTable, veilAuditTable } from './audits.mjs'
import { auditExample, benchmarkTable, mainJobTranscript } from './benchmarks.mjs'
import { operationsTable } from './operations.mjs'
import { root } from './process.mjs'
import { reproducedTables, reproductionHeadline, reproductionsTable } from './reproductions.mjs'
import { serviceLoadTable } from './service-load.mjs'
import { serviceSettings } from './service-settings.mjs'
import { serveGuideCommands, serveGuideOutput } from './serve-guide.mjs'
import { veilGrowthTable } from './veil-growth.mjs'
import { veilSettings } from './veils.mjs'

/**
 * Adding one: a function here, and in a Markdown file a line `<!-- generated:NAME -->` and, below it, a line
 * `<!-- /generated -->`. A generator reads committed files and built code only, so that the same commit always
 * gives the same text.
 */
export const generators = {
  'error-codes': () => {
    const actors = { user: 'you (exit 2)', bug: 'us (exit 70)', interrupted: 'nobody (exit 130)' }
    const rows = Object.entries(errorCodes).map(
      ([code, { kind, meaning }]) => `| \`${code}\` | ${actors[kind]} | ${meaning.replaceAll('|', '\\|')} |`,
    )
    return ['| code | who acts | meaning |', '| --- | --- | --- |', ...rows].join('\n')
  },

  operations: operationsTable,
  benchmarks: benchmarkTable,
  accuracy: accuracyTable,
  'small-accuracy': smallAccuracyTable,
  'base-audits': baseAuditTable,
  'veil-audits': veilAuditTable,
  'veil-growth': veilGrowthTable,
  'veil-settings': veilSettings,
  reproductions: reproductionsTable,
  'reproduction-headline': () => reproductionHeadline(),
  'reproduced-tables': () => reproducedTables(),
  'main-job': mainJobTranscript,
  'audit-example': auditExample,

  'service-settings': serviceSettings,
  'service-load': serviceLoadTable,
  'serve-setup': () => serveGuideCommands('data', 'train', 'veil', 'audit'),
  'serve-bundle': () => serveGuideOutput('bundle'),
  'serve-list': () => serveGuideOutput('hide'),
  'serve-lists': () => serveGuideOutput('hide', 'user'),
  'serve-refusals': () => serveGuideOutput('typo', 'value'),
  'serve-parameters': () => serveGuideOutput('parameters'),
  'serve-offline': () => serveGuideOutput('offline'),
  'serve-checks': () => serveGuideOutput('live', 'rebuild'),
  'serve-example': () => {
    const path = join(root, 'examples', 'serve.ts')
    return ['```ts', readFileSync(path, 'utf8').trimEnd(), '```'].join('\n')
  },

  /** Every recommender with its settings, as `veilrec config show` prints them. */
  models: () =>
    describeModels()
      .map(({ name }) =>
        [`## ${name}`, ['```yaml', commentedConfig(name).trimEnd(), '```'].join('\n')].join('\n\n'),
      )
      .join('\n\n'),

  'library-example': () => {
    const path = join(root, 'tests', 'consumer', 'job.ts')
    return ['```ts', readFileSync(path, 'utf8').trimEnd(), '```'].join('\n')
  },
}
