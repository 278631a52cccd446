import { z } from 'zod'

import { trainingSchema } from './training-config.js'

/** Format of run folders that this version writes; it reads the one before, too. */
export const runFormatVersion = 2

const estimate = z.strictObject({
  value: z.number(),
  /** 95 % bootstrap over users. */
  interval: z.strictObject({ lower: z.number(), upper: z.number() }),
})

/** Accuracy of one recommender over the test users, full ranking (evaluation.md rule 3). */
export const accuracySchema = z.strictObject({
  users: z.int(),
  'ndcg@10': estimate,
  'hit@10': estimate,
  /** NDCG@10 over users whose last item is not tied with the one before. */
  'ndcg@10-untied': estimate.nullable(),
  /** NDCG@10 over attack-test users alone. */
  'ndcg@10-attack-test': estimate.nullable(),
})

/** `run.json`: what a run is, made of and came to. */
export const runManifestSchema = z.strictObject({
  formatVersion: z.literal([1, runFormatVersion]),
  veilrecVersion: z.string(),
  name: z.string(),
  /** Name of a kind of recommender. */
  model: z.string(),
  config: z.strictObject({
    preset: z.string().optional(),
    /** By the schema of the kind, which fills in settings that are newer than the run. */
    model: z.record(z.string(), z.unknown()),
    training: trainingSchema,
    /** The veil that was trained along, if any; its settings by the schema of its method. */
    veil: z
      .strictObject({
        method: z.string(),
        attributes: z.array(z.string()).min(1).readonly(),
        config: z.record(z.string(), z.unknown()),
      })
      .optional(),
  }),
  configHash: z.string(),
  dataset: z.strictObject({ name: z.string(), hash: z.string() }),
  seed: z.int(),
  threads: z.int(),
  versions: z.record(z.string(), z.string()),
  cpu: z.string(),
  /** `training` until the test was evaluated; an interrupted run stays `training` and can be resumed. */
  status: z.enum(['training', 'finished']),
  epochs: z.int(),
  bestEpoch: z.int(),
  bestValidation: z.number(),
  trainingSeconds: z.number(),
  parameters: z.int(),
  test: z.strictObject({ model: accuracySchema, popularity: accuracySchema }).nullable(),
})

/** Contents of `run.json`; the settings of the recommender are checked by its own schema when it is read. */
export type RunManifest = z.output<typeof runManifestSchema>
/** See {@link accuracySchema}. */
export type Accuracy = z.output<typeof accuracySchema>
