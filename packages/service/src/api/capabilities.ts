import { z } from 'zod'

import { modes } from './recommendation-request.js'
import { modelSchema } from './recommendation-response.js'

const estimateSchema = z
  .strictObject({ value: z.number(), low: z.number(), high: z.number() })
  .meta({ id: 'Estimate', description: 'a figure with its 95 % interval' })

/** What an audit found for one requirement. */
export const auditSummarySchema = z
  .strictObject({
    kind: z.enum(['full', 'quick']).describe('quick: small attackers, on vectors only'),
    ndcg_change: estimateSchema.nullable().describe('NDCG@10 behind the veil minus without'),
    ndcg_base: z.number().describe('NDCG@10 without a veil'),
    worst_hidden_auc: estimateSchema.describe('the best attack on a hidden attribute; 0.5 is chance'),
    worst_hidden: z
      .strictObject({
        attribute: z.string(),
        evidence: z.enum(['vectors', 'list']).describe('list: the best items, before any were left out'),
      })
      .nullable()
      .describe('which attribute that attack told, and from what; null for a bundle that does not say'),
    at_chance: z.boolean().describe('whether the upper bound is within the margin of chance'),
    attackers: z.array(z.string()),
    digest: z.string().describe('sha256:HEX of the audit'),
  })
  .meta({ id: 'AuditSummary' })

/** What the service can be asked for. */
export const capabilitiesSchema = z
  .strictObject({
    attributes: z.array(z.strictObject({ name: z.string() })),
    requirements: z
      .array(
        z.strictObject({
          hide: z.array(z.string()),
          method: z.string(),
          audited: z.boolean(),
          audit: auditSummarySchema.nullable(),
        }),
      )
      .describe(
        'those that a request may name and get exactly; the unaudited only where the policy serves them',
      ),
    unaudited: z
      .enum(['reject', 'tighten', 'serve_flagged'])
      .describe('what becomes of a requirement that was not audited'),
    modes: z.array(z.enum(modes)),
    filters: z.strictObject({
      properties: z.array(z.strictObject({ name: z.string(), values: z.array(z.string()) })),
    }),
    limits: z.strictObject({
      k: z.int(),
      batch: z.int(),
      history: z.int().describe('items that a request may send'),
      history_used: z.int().describe('newest items that the model reads'),
      candidates: z.int(),
      body_bytes: z.int(),
    }),
    model: modelSchema,
  })
  .meta({ id: 'Capabilities' })

/** See {@link capabilitiesSchema}. */
export type Capabilities = z.output<typeof capabilitiesSchema>
