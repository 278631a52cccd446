import {
  leaveOneOutTargets,
  linearErasureMaps,
  linearErasureMethod,
  linearErasureVeil,
  requirementKey,
  requirementsOf,
  type AffineMap,
} from '@veilrec/core'
import type { StoredTensor } from '@veilrec/runtime'
import { z } from 'zod'

import type { StoredVeil, VeilKind } from './veil-kind.js'
import { corruptVeil } from './veil-manifest.js'

/**
 * `linear-erasure`: the user vectors of the frozen recommender go through the affine map of their requirement
 * ({@link linearErasureMaps}), fitted on defence users' vectors and labels only (evaluation.md rule 5).
 *
 * The vectors are those of the test query (history: training and validation items, never the test target): the maps are
 * fitted on the kind of vector that they are applied to, those of whole histories.
 *
 * Tensors: `projection/REQUIREMENT` `[dimension, dimension]` and `bias/REQUIREMENT` `[dimension]`, float64; in format 1,
 * which has one requirement, `projection` and `bias`.
 */
export const linearErasureKind: VeilKind<Record<string, never>> = {
  method: linearErasureMethod,
  summary: 'the least change of the vectors after which no linear attacker tells; made in seconds',
  schema: z.strictObject({}),
  presets: {},

  async make({ run, attributes, base, step }) {
    const { dataset, dimension } = run
    const requirements = requirementsOf(attributes.map(({ name }) => name))
    const total = requirements.length + 1
    await step('encode users', 0, total)
    const vectors = await base(leaveOneOutTargets(dataset.histories, 'test').known)
    const tensors = new Map<string, StoredTensor>()
    await step('fit', 1, total)
    const { userGroup } = dataset
    for (const [key, map] of linearErasureMaps({ vectors, dimension, attributes, userGroup })) {
      tensors.set(`projection/${key}`, { shape: [dimension, dimension], data: map.projection })
      tensors.set(`bias/${key}`, { shape: [dimension], data: map.bias })
      await step('fit', 1 + tensors.size / 2, total)
    }
    return { requirements, tensors }
  },

  restore: (stored) => linearErasureVeil(stored.base, mapsOf(stored)),
  serve: (stored) => ({ form: 'affine', maps: mapsOf(stored) }),
}

/** The stored maps by requirement key. */
function mapsOf({
  run: { dimension },
  manifest: { formatVersion, requirements },
  tensors,
  path,
}: StoredVeil<Record<string, never>>): ReadonlyMap<string, AffineMap> {
  const numbers = (name: string, length: number): Float64Array => {
    const data = tensors.get(name)?.data
    if (data instanceof Float64Array && data.length === length && data.every(Number.isFinite)) return data
    throw corruptVeil(path, `no tensor "${name}" of ${length} finite float64 numbers`)
  }
  const maps = new Map<string, AffineMap>()
  for (const requirement of requirements) {
    const key = requirementKey(requirement)
    const suffix = formatVersion === 1 ? '' : `/${key}`
    const projection = numbers(`projection${suffix}`, dimension * dimension)
    maps.set(key, { dimension, projection, bias: numbers(`bias${suffix}`, dimension) })
  }
  return maps
}
