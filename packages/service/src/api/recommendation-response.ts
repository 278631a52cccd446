import { z } from 'zod'

import { problemSchema } from './problem.js'
import { modes } from './recommendation-request.js'

/** Why the list is not the one that was asked for; every one of these leads to the non-profiled list. */
export const fallbackReasons = ['no_history', 'requirement_not_served', 'veil_failed'] as const

/** See {@link fallbackReasons}. */
export type FallbackReason = (typeof fallbackReasons)[number]

/** Where a part of what was applied came from. */
export const sources = ['request', 'default', 'tightened', 'fallback'] as const

/** See {@link sources}. */
export type Source = (typeof sources)[number]

/** The model behind a list. */
export const modelSchema = z
  .strictObject({
    id: z.string(),
    version: z.string(),
    digest: z.string().describe('sha256:HEX over all files of the bundle'),
  })
  .meta({ id: 'Model' })

/** What was applied to one request, and where it came from. It names attributes and never values. */
export const appliedSchema = z
  .strictObject({
    mode: z.enum(modes),
    mode_source: z.enum(sources),
    hide: z
      .array(z.string())
      .describe('sorted; of a non-profiled list, which knows no attribute, what was asked for'),
    sources: z.record(z.string(), z.enum(sources)).describe('of each hidden attribute'),
    method: z.string().nullable().describe('of the veil; null where none was put on'),
    audited: z
      .boolean()
      .describe('whether exactly this requirement was audited; true where nothing is profiled'),
    audit_digest: z
      .string()
      .nullable()
      .describe('sha256:HEX of the audit whose figures /v1/capabilities gives; null where there is none'),
    degraded: z.boolean().describe('whether the list is non-profiled although a profiled one was asked for'),
    fallback_reason: z.enum(fallbackReasons).nullable(),
    history: z.strictObject({
      source: z.enum(['request', 'stored', 'none']),
      length: z.int().describe('items that were used'),
      unknown: z.int().describe('items that the model does not know and left out'),
    }),
    ignored: z.array(z.string()).describe('fields of the request without effect in this mode'),
  })
  .meta({ id: 'Applied' })

/** See {@link appliedSchema}. */
export type Applied = z.output<typeof appliedSchema>

/** A list of items and what was applied to make it. */
export const recommendationResponseSchema = z
  .strictObject({
    request_id: z.string(),
    items: z.array(
      z.strictObject({ id: z.string(), title: z.string().nullable(), rank: z.int().describe('from 1') }),
    ),
    applied: appliedSchema,
    model: modelSchema,
    parameters_ref: z.string().describe('path of the document of main parameters'),
    took_ms: z.number(),
  })
  .meta({ id: 'RecommendationResponse' })

/** See {@link recommendationResponseSchema}. */
export type RecommendationResponse = z.output<typeof recommendationResponseSchema>

/** One answer or problem for each request of a batch, in their order. */
export const batchResponseSchema = z
  .strictObject({
    results: z.array(
      z.union([
        z.strictObject({ status: z.literal(200), response: recommendationResponseSchema }),
        z.strictObject({ status: z.int(), problem: problemSchema }),
      ]),
    ),
  })
  .meta({ id: 'BatchResponse' })

/** See {@link batchResponseSchema}. */
export type BatchResponse = z.output<typeof batchResponseSchema>
