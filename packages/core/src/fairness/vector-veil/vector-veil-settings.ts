import { z } from 'zod'

import { veilTrainingSettings } from '../learning/veil-settings.js'

/** Settings that every veil of a vector model shares; part of its own schema, where defaults may differ. */
export const vectorVeilSettings = {
  ...veilTrainingSettings,
  windowsPerUser: z
    .int()
    .min(1)
    .max(10_000)
    .default(16)
    .describe('moments of each user that it learns from, the newest before the validation item among them'),
} as const

const vectorVeilSchema = z.strictObject(vectorVeilSettings)

/** Values of {@link vectorVeilSettings}. */
export type VectorVeilConfig = z.output<typeof vectorVeilSchema>
