import { applyToRow, requirementKey, type Requirement, type Runtime } from '@veilrec/core'

import { BundleGraph } from './bundle-graphs.js'
import type { BundleModel } from './read-bundle.js'

/** Puts the veil of a bundle on vectors of the recommender, row by row under the row's own requirement. */
export interface VectorVeiler {
  /**
   * @param vectors `[rows, dimension]`; not changed.
   * @param requirements `[rows]`, each empty or one that the bundle serves.
   * @returns `[rows, dimension]`; a row that hides nothing is the vector itself.
   */
  veil(vectors: Float32Array, requirements: readonly Requirement[]): Promise<Float32Array>
  release(): Promise<void>
}

/** The veiler of a bundle; of one without a veil, or whose veil reads histories, one that changes nothing. */
export async function vectorVeiler(runtime: Runtime, bundle: BundleModel): Promise<VectorVeiler> {
  const { veil, model } = bundle.manifest
  if (veil?.serving.form === 'affine') return affineVeiler(bundle)
  if (veil?.serving.form !== 'vector') {
    return { veil: (vectors) => Promise.resolve(vectors), release: () => Promise.resolve() }
  }
  const { attributes, serving } = veil
  const { dimension } = model
  const { parameters } = bundle
  const output = { name: 'veiled', width: dimension }
  const about = { parameters, names: serving.parameters, rows: serving.rows, output }
  const graph = await BundleGraph.load(runtime, bundle.graphs.get(serving.file)!, about)
  return {
    async veil(vectors, requirements) {
      const rows = requirements.length
      const hidden = new Float32Array(rows * attributes.length)
      requirements.forEach((requirement, row) => {
        attributes.forEach((name, index) => {
          hidden[row * attributes.length + index] = requirement.includes(name) ? 1 : 0
        })
      })
      // Rows that hide nothing go through, too, so that a request that hides something takes no longer.
      const veiled = await graph.run(rows, {
        vectors: { data: vectors, width: dimension },
        hidden: { data: hidden, width: attributes.length },
      })
      requirements.forEach((requirement, row) => {
        if (requirement.length > 0) return
        veiled.set(vectors.subarray(row * dimension, (row + 1) * dimension), row * dimension)
      })
      return veiled
    },
    release: () => graph.release(),
  }
}

function affineVeiler({ maps, manifest }: BundleModel): VectorVeiler {
  const { dimension } = manifest.model
  return {
    veil(vectors, requirements) {
      const veiled = vectors.slice()
      requirements.forEach((requirement, row) => {
        if (requirement.length === 0) return
        applyToRow(maps.get(requirementKey(requirement))!, vectors, row * dimension, veiled)
      })
      return Promise.resolve(veiled)
    },
    release: () => Promise.resolve(),
  }
}
