import { canonicalRequirement, VeilrecError } from '@veilrec/core'
import { z } from 'zod'

import { trainingRecordSchema } from './training-record.js'

/** Format of veil folders that this version writes; it reads the one before, too. */
export const veilFormatVersion = 2

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const canonical = (names: readonly string[]): boolean =>
  names.join('\n') === canonicalRequirement(names).join('\n')

/** Sorted names of attributes, each once, at least one. */
const requirement = z.array(z.string()).min(1).refine(canonical, 'must be sorted names, each once')

const common = {
  veilrecVersion: z.string(),
  /** Folder name: the method. In format 1 the method and the attributes. */
  id: z.string(),
  /** Name of a kind of veil. */
  method: z.string(),
  /** By the schema of the kind, which fills in settings that are newer than the veil. */
  config: z.record(z.string(), z.unknown()),
  /** Sorted names of the attributes that it can hide. */
  attributes: requirement,
  run: z.string(),
  /** SHA-256 of the recommender's parameter file; a veil fits one set of parameters only. */
  recommenderSha256: sha256,
  dataset: z.strictObject({ name: z.string(), hash: sha256 }),
  /** The query whose user vectors the veil was made with. */
  query: z.literal('test'),
  dimension: z.int().min(1),
  /** The seed that it was made with; left out in veils that are older than that. */
  seed: z.int().optional(),
  /** That it was trained with everybody's labels, under the `paper` protocol; left out where those of defence users trained it. */
  labelAccess: z.literal('everybody').optional(),
  /** How it was trained, one entry for each thing that was trained by itself; left out where nothing was. */
  training: z.array(trainingRecordSchema).optional(),
  /** Numbers in `veil.safetensors`. */
  parameters: z.int().min(1),
  /** SHA-256 of `veil.safetensors`. */
  tensorsSha256: sha256,
}

/**
 * `veil.json`: what a veil can hide and what it was made from. It names attributes and never holds a value of one.
 *
 * Format 1 held linear erasure for one requirement, all its attributes together.
 */
export const veilManifestSchema = z
  .discriminatedUnion('formatVersion', [
    z.strictObject({ formatVersion: z.literal(1), ...common }).transform((manifest) => ({
      ...manifest,
      requirements: [manifest.attributes],
    })),
    z.strictObject({
      formatVersion: z.literal(veilFormatVersion),
      ...common,
      /** What it serves besides the empty requirement, the smaller first. */
      requirements: z.array(requirement).min(1),
    }),
  ])
  .refine(
    ({ attributes, requirements }) =>
      canonicalRequirement(requirements.flat()).join('\n') === attributes.join('\n'),
    { path: ['requirements'], message: 'must be of the attributes' },
  )

/** Contents of `veil.json`, whatever its format. */
export type VeilManifest = z.output<typeof veilManifestSchema>

/**
 * Whose labels a veil may be trained with: those of the defence users (evaluation.md rule 5), or everybody's, as the papers do.
 * The second exists under the `paper` protocol alone; the veil is marked, and nothing but that protocol loads it.
 */
export type LabelAccess = 'defence' | 'everybody'

/** The error of a veil whose files cannot be used. */
export function corruptVeil(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'VEIL_CORRUPT',
    `${path}: ${reason}`,
    { path },
    'Make the veil again with "veilrec veil"; if that does not help, remove its folder first.',
  )
}
