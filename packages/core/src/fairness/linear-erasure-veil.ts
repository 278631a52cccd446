import { VeilrecError } from '../errors/veilrec-error.js'
import { applyToRow, type AffineMap } from './affine-map.js'
import { fitLinearErasure, type LinearErasureInput } from './linear-erasure.js'
import { canonicalRequirement, requirementKey, requirementsOf, servedRequirements } from './requirements.js'
import type { BaseEncoder, Veil } from './veil.js'

/** Name of the method in commands, files and reports. */
export const linearErasureMethod = 'linear-erasure'

/**
 * The map of {@link fitLinearErasure} for every non-empty subset of the attributes, by {@link requirementKey}, one at a
 * time, so that the caller can stop or show progress in between. Each is fitted by itself: the maps
 * of two attributes one after the other do not erase both.
 *
 * @throws VeilrecError what {@link requirementsOf} and {@link fitLinearErasure} throw.
 * @example
 * const maps = new Map(linearErasureMaps({ vectors, dimension: 64, attributes: [gender, age], userGroup }))
 */
export function* linearErasureMaps(input: LinearErasureInput): Generator<[string, AffineMap], undefined> {
  const byName = new Map(input.attributes.map((attribute) => [attribute.name, attribute]))
  for (const requirement of requirementsOf([...byName.keys()])) {
    const attributes = requirement.map((name) => byName.get(name)!)
    yield [requirementKey(requirement), fitLinearErasure({ ...input, attributes })]
  }
}

/**
 * Linear erasure as a veil: each row of the base recommender's vectors goes through the affine map of its requirement.
 * The vectors of the base are computed once for all requirements of a batch.
 *
 * @param maps by {@link requirementKey}, as {@link linearErasureMaps} makes them, at least one; it serves
 * these and no others, the smaller first, otherwise in their order.
 * @throws VeilrecError `INVALID_ARGUMENT` for no map, one under no such key, or maps of several dimensions.
 * @example
 * const veil = linearErasureVeil(base, maps)
 * const vectors = await veil.encode(histories, [['gender'], []])
 */
export function linearErasureVeil(base: BaseEncoder, maps: ReadonlyMap<string, AffineMap>): Veil {
  const requirements = [...maps.keys()].map((key) => key.split(',')).sort((a, b) => a.length - b.length)
  const served = { method: linearErasureMethod, requirements }
  const dimensions = new Set([...maps.values()].map((map) => map.dimension))
  if (
    dimensions.size !== 1 ||
    maps.has('') ||
    requirements.some((names) => !maps.has(requirementKey(names)))
  ) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      'a veil needs maps of one dimension, each by the sorted names that it hides',
      { dimensions: [...dimensions], requirements: [...maps.keys()] },
    )
  }
  const [dimension = 0] = dimensions
  return {
    ...served,
    attributes: canonicalRequirement(requirements.flat()),
    async encode(histories, asked, users) {
      const rows = users?.length ?? histories.offsets.length - 1
      const keys = servedRequirements(served, asked, rows)
      const vectors = await base(histories, users)
      const veiled = vectors.slice()
      keys.forEach((key, row) => {
        const map = maps.get(key)
        if (map !== undefined) applyToRow(map, vectors, row * dimension, veiled)
      })
      return veiled
    },
  }
}
