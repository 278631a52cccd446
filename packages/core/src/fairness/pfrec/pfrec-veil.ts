import type { ParameterStore } from '../../graph/parameter-store.js'
import type { Runtime, SessionOptions } from '../../graph/runtime.js'
import { Encoder } from '../../models/encoder.js'
import type { Recommender } from '../../models/recommender.js'
import { canonicalRequirement, requirementKey, servedRequirements } from '../requirements.js'
import type { BaseEncoder, Requirement, Veil } from '../veil.js'
import type { Eliminator } from './eliminator.js'

/** The method's name, in manifests and on the command line. */
export const pfrecMethod = 'pfrec'

/** A trained eliminator, its parameters as they are when a batch is encoded. */
export interface TrainedEliminator {
  readonly requirement: Requirement
  readonly eliminator: Eliminator
  readonly store: ParameterStore
}

/** What {@link pfrecVeil} is made of. */
export interface PfrecVeilInput {
  readonly recommender: Recommender
  /** One for each requirement, the smaller first. */
  readonly eliminators: readonly TrainedEliminator[]
  readonly base: BaseEncoder
  readonly runtime: Runtime
  readonly session?: SessionOptions
}

/**
 * PFRec as a veil (Wu et al. 2022): the eliminator of a row's requirement encodes its history, with every value of the user prompt
 * unknown.
 */
export function pfrecVeil({ recommender, eliminators, base, runtime, session }: PfrecVeilInput): Veil {
  const requirements = eliminators.map(({ requirement }) => requirement)
  const served = { method: pfrecMethod, requirements }
  return {
    ...served,
    attributes: canonicalRequirement(requirements.flat()),
    async encode(histories, asked, users) {
      const rows = users ?? Int32Array.from({ length: histories.offsets.length - 1 }, (_, user) => user)
      const keys = servedRequirements(served, asked, rows.length)
      const { dimension } = recommender
      const veiled = new Float32Array(rows.length * dimension)
      const encodeRows = async (
        key: string,
        encode: (members: Int32Array) => Promise<Float32Array>,
      ): Promise<void> => {
        const places = Int32Array.from(keys.keys()).filter((row) => keys[row] === key)
        if (places.length === 0) return
        const vectors = await encode(places.map((row) => rows[row]!))
        places.forEach((row, place) => {
          veiled.set(vectors.subarray(place * dimension, (place + 1) * dimension), row * dimension)
        })
      }
      // What the base remembers are the vectors of those users that a caller asks for.
      await encodeRows('', async (members) => {
        if (members.length < rows.length) return base(histories, members)
        return base(histories, users)
      })
      for (const { requirement, eliminator, store } of eliminators) {
        await encodeRows(requirementKey(requirement), async (members) => {
          const userVectors: Recommender['userVectors'] = (scope, query) =>
            eliminator.userVectors(scope, query)
          const encoder = new Encoder(runtime, { ...recommender, userVectors }, store, session)
          try {
            return await encoder.encode(histories, members)
          } finally {
            await encoder.release()
          }
        })
      }
      return veiled
    },
  }
}
