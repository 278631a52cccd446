import { createHash } from 'node:crypto'
import { canonicalRequirement, VeilrecError } from '@veilrec/core'
import { z } from 'zod'

/** Format of bundles that this version writes and reads. */
export const bundleFormatVersion = 1

/** The file that makes a folder a bundle. */
export const bundleManifestFile = 'bundle.json'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** A plain name, so that no manifest points outside its folder. */
const fileName = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*\.(onnx|safetensors|parquet)$/)
const requirement = z
  .array(z.string().min(1))
  .min(1)
  .refine(
    (names) => names.join('\n') === canonicalRequirement(names).join('\n'),
    'must be sorted names, each once',
  )

/** A figure with its 95 % interval. */
const estimate = z.strictObject({ value: z.number(), lower: z.number(), upper: z.number() })

/** What an audit found for one requirement; it holds figures over many users and no value of an attribute. */
const auditedFigures = z.strictObject({
  /** NDCG@10 behind the veil minus without, over the users whose labels nobody trained on where that was measured. */
  ndcgChange: estimate.nullable(),
  /** The best attack on a hidden attribute. */
  worstHiddenAuc: estimate,
  /** Whether its upper bound is within the audit's margin of chance. */
  atChance: z.boolean(),
  /** Which attribute it told, and from what; bundles from before this was noted are without. */
  worstHidden: z
    .strictObject({ attribute: z.string().min(1), evidence: z.enum(['vectors', 'unmaskedList']) })
    .optional(),
})

/** See {@link auditedFigures}. */
export type AuditedFigures = z.output<typeof auditedFigures>

/** Names of the inputs of a graph that are tensors of the bundle. */
const parameterNames = z.array(z.string())

/** Rows of every run of a graph: their number is part of what it computes, to the last bit. */
const graphRows = z.int().min(1).max(4096)

/** Histories of one padded length into vectors. */
const historyGraph = z.strictObject({
  file: fileName,
  /** Length that histories are padded to. */
  time: z.int().min(1),
  rows: graphRows,
  parameters: parameterNames,
})

/** See {@link historyGraph}. */
export type HistoryGraph = z.output<typeof historyGraph>

const veil = z.strictObject({
  method: z.string(),
  /** Sorted names of the attributes that can be hidden. */
  attributes: requirement,
  /** What is served, the smaller first, each with what an audit found, or null. */
  requirements: z.array(z.strictObject({ hide: requirement, audit: auditedFigures.nullable() })).min(1),
  /** The audit behind these figures, or null. */
  audit: z
    .strictObject({
      kind: z.enum(['full', 'quick']),
      sha256,
      attackers: z.array(z.string()),
      ndcgBase: z.number(),
    })
    .nullable(),
  serving: z.discriminatedUnion('form', [
    // Tensors `projection/NAMES` [dimension, dimension] and `bias/NAMES` [dimension], float64.
    z.strictObject({ form: z.literal('affine'), file: fileName }),
    // Inputs `vectors` [rows, dimension] and `hidden` [rows, attributes]; output `veiled` [rows, dimension].
    z.strictObject({
      form: z.literal('vector'),
      file: fileName,
      rows: graphRows,
      parameters: parameterNames,
    }),
    // A graph of histories for each requirement and length; a parameter may lie under a prefix.
    z.strictObject({
      form: z.literal('history'),
      graphs: z.array(historyGraph.extend({ hide: requirement, prefix: z.string() })).min(1),
    }),
  ]),
})

const contents = z.strictObject({
  formatVersion: z.literal(bundleFormatVersion),
  veilrecVersion: z.string(),
  model: z.strictObject({
    id: z.string(),
    kind: z.string(),
    version: z.string(),
    /** Newest items of a history that are read. */
    historyLength: z.int().min(1),
    /** Width of vectors. */
    dimension: z.int().min(1),
    /** Name of the tensor [items + 1, dimension] whose rows score items by inner product. */
    itemVectors: z.string(),
    /** Input `history` [rows, time], output `vectors` [rows, dimension]; the shorter first. */
    graphs: z.array(historyGraph).min(1),
    /** Holds every tensor that an input of a graph is named after. */
    parameters: fileName,
  }),
  catalogue: z.strictObject({
    dataset: z.string(),
    file: fileName,
    items: z.int().min(1),
    hasTitles: z.boolean(),
    properties: z.array(z.string()),
  }),
  veil: veil.nullable(),
  histories: z.strictObject({ file: fileName, users: z.int().min(1) }).nullable(),
  files: z.record(fileName, z.strictObject({ sha256, bytes: z.int().min(0) })),
})

/**
 * `bundle.json`: what is served and how its files fit together. It names attributes and never holds a value of one, nor a
 * time, so that equal inputs give equal bytes. `digest` is SHA-256 over everything else in it, and so over every file.
 */
export const bundleManifestSchema = contents.extend({ digest: sha256 })

/** See {@link bundleManifestSchema}. */
export type BundleManifest = z.output<typeof bundleManifestSchema>

/** The veil of a bundle. */
export type BundleVeilManifest = NonNullable<BundleManifest['veil']>

/** SHA-256 (hex) of some bytes. */
export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A manifest with its digest, checked. */
export function sealManifest(manifest: Omit<BundleManifest, 'digest'>): BundleManifest {
  const parsed = contents.parse(manifest)
  return { ...parsed, digest: sha256Of(JSON.stringify(parsed)) }
}

/**
 * The manifest in the text of a `bundle.json`.
 *
 * @throws VeilrecError `FORMAT_TOO_NEW`, `BUNDLE_CORRUPT`
 */
export function parseManifest(text: string, path: string): BundleManifest {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw corruptBundle(path, (error as Error).message)
  }
  const { formatVersion, veilrecVersion } = (content ?? {}) as Partial<BundleManifest>
  if (typeof formatVersion === 'number' && formatVersion > bundleFormatVersion) {
    throw new VeilrecError(
      'FORMAT_TOO_NEW',
      `${path}: made by veilrec ${veilrecVersion ?? '(unknown)'}, format ${formatVersion as number}; ` +
        `this one reads format ${bundleFormatVersion}`,
      { path, formatVersion, supported: bundleFormatVersion },
      'Upgrade veilrec.',
    )
  }
  const parsed = bundleManifestSchema.safeParse(content)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw corruptBundle(path, `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { digest, ...rest } = parsed.data
  if (sealManifest(rest).digest !== digest)
    throw corruptBundle(path, 'the digest is not that of the manifest')
  return parsed.data
}

/** The error of a bundle whose files cannot be used. */
export function corruptBundle(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'BUNDLE_CORRUPT',
    `${path}: ${reason}`,
    { path },
    'Copy the bundle again, or make it again with "veilrec bundle".',
  )
}
