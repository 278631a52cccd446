import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { requirementKey } from '@veilrec/core'
import type { AuditedFigures, BundleVeilManifest } from '@veilrec/runtime'
import { z } from 'zod'

import type { LoadedRun } from '../load-run.js'
import type { VeilManifest } from '../veils/veil-manifest.js'

/** An audit of a veil as a bundle tells it. */
export interface BundleAudit {
  readonly about: NonNullable<BundleVeilManifest['audit']>
  /** By requirement key. */
  readonly figures: ReadonlyMap<string, AuditedFigures>
}

const estimate = z.object({
  value: z.number(),
  interval: z.object({ lower: z.number(), upper: z.number() }),
})

/** What of an audit a bundle needs; the rest is not looked at. */
const auditSchema = z.object({
  configHash: z.string(),
  dataset: z.object({ hash: z.string() }),
  isQuick: z.boolean(),
  veils: z.array(z.object({ id: z.string(), sha256: z.string().optional() })),
  attackers: z.object({ vectors: z.array(z.string()), lists: z.array(z.string()) }),
  rows: z.array(
    z.object({
      requirement: z.array(z.string()),
      veil: z.string().nullable(),
      accuracy: z.object({ all: z.object({ 'ndcg@10': estimate, change: estimate.nullable() }) }),
      worstHidden: z
        .object({
          attribute: z.string(),
          evidence: z.enum(['vectors', 'unmaskedList']),
          auc: z.number(),
          interval: z.object({ lower: z.number(), upper: z.number() }),
          atChance: z.boolean(),
        })
        .nullable(),
    }),
  ),
})

/**
 * The audit of exactly the stored veil and run, the whole one before a quick one; undefined where there is none.
 *
 * An audit of another veil that had the same name, or one that does not say which it attacked, is none.
 */
export async function bundleAudit(
  { folder, manifest, dataset }: LoadedRun,
  veil: VeilManifest,
): Promise<BundleAudit | undefined> {
  for (const file of ['audit.json', 'audit-quick.json']) {
    const bytes = await readFile(join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
    const parsed = bytes === undefined ? undefined : auditSchema.safeParse(parseJson(bytes))
    if (bytes === undefined || parsed?.success !== true) continue
    const { data } = parsed
    const isOfVeil = data.veils.some(({ id, sha256 }) => id === veil.id && sha256 === veil.tensorsSha256)
    const isOfRun = data.configHash === manifest.configHash && data.dataset.hash === dataset.hash
    const base = data.rows.find((row) => row.veil === null)
    if (!isOfVeil || !isOfRun || base === undefined) continue
    const rows = data.rows.filter((row) => row.veil === veil.id)
    return {
      about: {
        kind: data.isQuick ? 'quick' : 'full',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        attackers: [...new Set([...data.attackers.vectors, ...data.attackers.lists])],
        ndcgBase: base.accuracy.all['ndcg@10'].value,
      },
      figures: new Map(
        rows.flatMap((row): [string, AuditedFigures][] => {
          const figures = figuresOf(row)
          return figures === undefined ? [] : [[requirementKey(row.requirement), figures]]
        }),
      ),
    }
  }
  return undefined
}

/** Undefined where no attack could be measured: such a row says nothing of the veil. */
function figuresOf({
  accuracy,
  worstHidden,
}: z.output<typeof auditSchema>['rows'][number]): AuditedFigures | undefined {
  if (worstHidden === null) return undefined
  const { change } = accuracy.all
  const { attribute, evidence, auc, interval, atChance } = worstHidden
  return {
    ndcgChange: change === null ? null : { value: change.value, ...change.interval },
    worstHiddenAuc: { value: auc, ...interval },
    atChance,
    worstHidden: { attribute, evidence },
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
