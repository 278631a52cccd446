import { z } from 'zod'

/** The two kinds of list: made for one person, or the same for everybody. */
export const modes = ['profiled', 'non_profiled'] as const

/** See {@link modes}. */
export type Mode = (typeof modes)[number]

const id = z.string().min(1).max(256)

/**
 * The switches of one request. It names attributes and never values; a field that is not here is an error, because a typo
 * in a switch must not pass in silence. A request can only tighten what the service does by default.
 */
export const requirementsSchema = z
  .strictObject({
    hide: z
      .array(z.string().min(1).max(100))
      .max(64)
      .default([])
      .describe('names of attributes that the recommender must not know'),
    mode: z
      .enum(modes)
      .default('profiled')
      .describe('non_profiled: nothing about this person is used, the list is the same for everybody'),
  })
  .meta({ id: 'Requirements' })

const filtersSchema = z
  .strictObject({
    exclude_seen: z
      .boolean()
      .default(true)
      .describe('whether items of the history are left out; without effect where nothing is profiled'),
    properties: z
      .record(z.string().min(1).max(100), z.array(z.string().min(1).max(256)).min(1).max(100))
      .default({})
      .describe('of each property named, an item has at least one of the values'),
  })
  .meta({ id: 'Filters' })

/** One request for a list of items. */
export const recommendationRequestSchema = z
  .strictObject({
    user: z
      .strictObject({ id })
      .nullable()
      .default(null)
      .describe(
        'a known user, whose stored history is used where none is sent; nothing else about users is taken',
      ),
    history: z
      .array(id)
      .nullable()
      .default(null)
      .describe('ids of items, oldest first, instead of a stored history; it is not kept'),
    k: z.int().min(1).default(10).describe('items wanted'),
    candidates: z
      .array(id)
      .min(1)
      .nullable()
      .default(null)
      .describe('ids of the only items that may be recommended; all when null'),
    filters: filtersSchema.prefault({}),
    requirements: requirementsSchema.prefault({}),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .nullable()
      .default(null)
      .describe('order of items with equal scores; the order of the catalogue when null'),
  })
  .meta({ id: 'RecommendationRequest' })

/** A request with defaults filled in. */
export type RecommendationRequest = z.output<typeof recommendationRequestSchema>

/** Several requests at once. */
export const batchRequestSchema = z
  .strictObject({ requests: z.array(recommendationRequestSchema).min(1) })
  .meta({ id: 'BatchRequest' })

/** Several requests with defaults filled in. */
export type BatchRequest = z.output<typeof batchRequestSchema>
