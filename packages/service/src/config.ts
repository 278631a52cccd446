import { VeilrecError } from '@veilrec/core'
import { z } from 'zod'

import { requirementsSchema } from './api/recommendation-request.js'

/** What becomes of a requirement whose hiding was not audited. */
export const unauditedPolicies = ['reject', 'tighten', 'serve_flagged'] as const

/** See {@link unauditedPolicies}. */
export type UnauditedPolicy = (typeof unauditedPolicies)[number]

/** Settings of the service with their defaults. */
export const serviceConfigSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('address to listen at'),
  port: z.int().min(0).max(65_535).default(8080).describe('0: any that is free'),
  defaults: requirementsSchema
    .prefault({})
    .describe('what is applied to every request; a request can add to it and take nothing away'),
  unaudited: z
    .enum(unauditedPolicies)
    .default('reject')
    .describe(
      'reject: 422; tighten: hide more, as was audited; serve_flagged: serve, and say that it was not audited',
    ),
  limits: z
    .strictObject({
      k: z.int().min(1).max(1000).default(100).describe('items of a list'),
      batch: z.int().min(1).max(1000).default(64).describe('requests of a batch'),
      history: z.int().min(1).max(100_000).default(1000).describe('items of a history that is sent'),
      candidates: z.int().min(1).max(1_000_000).default(10_000).describe('items that are sent to be ranked'),
      bodyBytes: z
        .int()
        .min(1024)
        .max(2 ** 30)
        .default(2 ** 20)
        .describe('bytes of a request'),
      queue: z
        .int()
        .min(1)
        .max(100_000)
        .default(512)
        .describe('lists that wait; one more is refused with 503'),
    })
    .prefault({}),
  workers: z.int().min(1).max(64).default(2).describe('threads that make lists'),
  batchRows: z.int().min(1).max(256).default(16).describe('lists that a thread makes at a time'),
  cacheBytes: z
    .int()
    .min(0)
    .default(2 ** 26)
    .describe('memory for vectors of known users, before any veil; 0: none'),
  drain: z
    .strictObject({
      graceSeconds: z
        .number()
        .min(0)
        .max(600)
        .default(5)
        .describe('from "not ready" until nothing new is accepted, for balancers to notice'),
      deadlineSeconds: z.number().min(0).max(600).default(20).describe('for what is in flight then'),
    })
    .prefault({}),
})

/** Settings of the service with defaults filled in. */
export type ServiceConfig = z.output<typeof serviceConfigSchema>

/** Settings as given, before defaults. */
export type ServiceConfigInput = z.input<typeof serviceConfigSchema>

/**
 * Settings with defaults filled in.
 *
 * @throws VeilrecError `CONFIG_INVALID` naming the setting.
 */
export function parseServiceConfig(input: ServiceConfigInput): ServiceConfig {
  const parsed = serviceConfigSchema.safeParse(input)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new VeilrecError('CONFIG_INVALID', `service settings: ${issue?.path.join('.')}: ${issue?.message}`, {
    path: issue?.path,
  })
}
