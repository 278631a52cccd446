import { z } from 'zod'

/** Format of veil folders that this version writes, and the newest it reads. */
export const veilFormatVersion = 1

/** The methods that put a veil on a trained recommender, as the user types them. */
export const veilMethods = ['linear-erasure'] as const

/** One of {@link veilMethods}. */
export type VeilMethod = (typeof veilMethods)[number]

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** `veil.json`: what a veil hides and what it was made from. It names attributes and never holds a value of one. */
export const veilManifestSchema = z.strictObject({
  formatVersion: z.literal(veilFormatVersion),
  veilrecVersion: z.string(),
  /** Folder name: the method and the attributes. */
  id: z.string(),
  method: z.enum(veilMethods),
  /** Settings of the method; linear erasure has none. */
  config: z.strictObject({}),
  /** The requirement: sorted names of the hidden attributes, at least one. */
  attributes: z.array(z.string()).min(1),
  run: z.string(),
  /** SHA-256 of the recommender's parameter file; a veil fits one set of parameters only. */
  recommenderSha256: sha256,
  dataset: z.strictObject({ name: z.string(), hash: sha256 }),
  /** The query whose user vectors the veil was fitted on. */
  query: z.literal('test'),
  dimension: z.int().min(1),
  /** Numbers in `veil.safetensors`. */
  parameters: z.int().min(1),
  /** SHA-256 of `veil.safetensors`. */
  tensorsSha256: sha256,
})

/** Contents of `veil.json`. */
export type VeilManifest = z.output<typeof veilManifestSchema>

/** A requirement in the order in which it is stored and compared: sorted, each name once. */
export function canonicalRequirement(attributes: readonly string[]): string[] {
  return [...new Set(attributes)].sort()
}

/** Folder name of a veil; characters that a folder name may not have on some platform become `_`. */
export function veilId(method: VeilMethod, attributes: readonly string[]): string {
  const names = canonicalRequirement(attributes).map((name) => name.replaceAll(/[^A-Za-z0-9_]/g, '_'))
  return [method, ...names].join('-')
}
