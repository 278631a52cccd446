import { join } from 'node:path'

import {
  afrlEmbeddings,
  afrlSchema,
  createTrace,
  ParameterStore,
  Program,
  Rng,
  Scope,
  VeilrecError,
} from '@veilrec/core'
import { createOrtRuntime, readSafetensors } from '@veilrec/runtime'

import { restoreParameters } from '../veils/vector-kind.js'
import type { VeilManifest } from '../veils/veil-manifest.js'

/** Rows of one run. */
const rows = 512

/**
 * AFRL's embeddings `z_i` of each attribute (paper, section 3; Fig. 6a), by its name, each `[users, dimension]`.
 *
 * @param vectors of the base, `[users, dimension]`.
 * @throws VeilrecError `INVALID_ARGUMENT` for the veil of another method, or one without these embeddings; `VEIL_CORRUPT`.
 */
export async function attributeEmbeddings(
  { manifest, folder }: { readonly manifest: VeilManifest; readonly folder: string },
  vectors: Float32Array,
  dimension: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const { method, attributes } = manifest
  if (method !== 'afrl') {
    throw new VeilrecError('INVALID_ARGUMENT', `a ${method} veil has no attribute embeddings`, { method })
  }
  const config = afrlSchema.parse(manifest.config)
  const path = join(folder, 'veils', manifest.id, 'veil.safetensors')
  const { tensors } = await readSafetensors(path)
  const store = new ParameterStore(Rng.fromSeed(0))
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const input = scope.input('vectors', 'float32', [rows, dimension])
  const { attributes: embeddings } = afrlEmbeddings(scope.child('afrl'), input, attributes.length, config)
  if (embeddings.length === 0) {
    throw new VeilrecError('INVALID_ARGUMENT', 'this AFRL veil was made without attribute embeddings', {})
  }
  // What serves besides has no part in these.
  const own = new Set(trace.parameters.keys())
  restoreParameters(store, new Map([...tensors].filter(([name]) => own.has(name))), path)
  const program = await Program.compile(createOrtRuntime(), trace, embeddings)
  const found = embeddings.map(() => new Float32Array(vectors.length))
  try {
    for (let from = 0; from < vectors.length; from += rows * dimension) {
      const feed = new Float32Array(rows * dimension)
      const block = vectors.subarray(from, from + feed.length)
      feed.set(block)
      const results = await program.run({ vectors: feed })
      embeddings.forEach(({ name }, index) =>
        found[index]!.set((results[name]!.data as Float32Array).subarray(0, block.length), from),
      )
    }
  } finally {
    await program.release()
  }
  return new Map(attributes.map((name, index) => [name, found[index]!]))
}
