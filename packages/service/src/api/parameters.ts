import { z } from 'zod'

import { modelSchema } from './recommendation-response.js'

/** The main parameters of the recommender, why they matter and how to change them, in words for people. */
export const parametersSchema = z
  .strictObject({
    version: z.string().describe('changes with the model and the configuration'),
    model: modelSchema,
    signals: z.array(
      z.strictObject({
        name: z.string(),
        used_in: z.array(z.enum(['profiled', 'non_profiled'])),
        importance: z.enum(['decides', 'filters', 'not_used']),
        explanation: z.string(),
      }),
    ),
    options: z.array(
      z.strictObject({
        name: z.string(),
        values: z.array(z.string()),
        default: z.string(),
        how: z.string(),
        explanation: z.string(),
        expected_effect: z.string().nullable().describe('by the audit'),
      }),
    ),
    not_promised: z.array(z.string()),
  })
  .meta({ id: 'Parameters' })

/** See {@link parametersSchema}. */
export type Parameters = z.output<typeof parametersSchema>
