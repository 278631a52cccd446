import type { ParameterStore } from '../../graph/parameter-store.js'
import { Program } from '../../graph/program.js'
import type { Runtime, SessionOptions } from '../../graph/runtime.js'
import { createTrace, Scope } from '../../graph/scope.js'
import { canonicalRequirement, requirementsOf, servedRequirements } from '../requirements.js'
import type { BaseEncoder, Veil } from '../veil.js'
import type { VectorModel } from './vector-model.js'

/** Rows per run. Every run has so many, the last filled up, so that a row does not depend on its neighbours. */
const blockRows = 512

/** What {@link vectorVeil} is made of. */
export interface VectorVeilInput {
  readonly method: string
  readonly model: Pick<VectorModel, 'veil'>
  /** Parameters of the model, as they are when a batch is encoded. */
  readonly store: ParameterStore
  /** Names of the attributes, in any order. */
  readonly attributes: readonly string[]
  readonly base: BaseEncoder
  readonly dimension: number
  readonly runtime: Runtime
  readonly session?: SessionOptions
}

/**
 * A trained {@link VectorModel} as a veil that serves every subset of its attributes. The vectors of the base are computed
 * once for all requirements of a batch.
 */
export function vectorVeil(input: VectorVeilInput): Veil {
  const { method, model, store, base, dimension, runtime, session = {} } = input
  const attributes = canonicalRequirement(input.attributes)
  const served = { method, requirements: requirementsOf(attributes) }
  return {
    ...served,
    attributes,
    async encode(histories, asked, users) {
      const numRows = users?.length ?? histories.offsets.length - 1
      const keys = servedRequirements(served, asked, numRows)
      const vectors = await base(histories, users)
      const veiled = vectors.slice()
      const rows = [...keys.keys()].filter((row) => keys[row] !== '')
      if (rows.length === 0) return veiled
      const trace = createTrace(store, { training: false })
      const scope = new Scope(trace)
      const inputs = [
        scope.input('vectors', 'float32', [blockRows, dimension]),
        scope.input('hidden', 'float32', [blockRows, attributes.length]),
      ] as const
      const output = model.veil(scope, ...inputs)
      const program = await Program.compile(runtime, trace, [output], session)
      try {
        for (let from = 0; from < rows.length; from += blockRows) {
          const block = rows.slice(from, from + blockRows)
          const feed = new Float32Array(blockRows * dimension)
          const hidden = new Float32Array(blockRows * attributes.length)
          block.forEach((row, place) => {
            feed.set(vectors.subarray(row * dimension, (row + 1) * dimension), place * dimension)
            const names = keys[row]!.split(',')
            attributes.forEach((name, index) => {
              hidden[place * attributes.length + index] = names.includes(name) ? 1 : 0
            })
          })
          const result = (await program.run({ vectors: feed, hidden }))[output.name]!.data as Float32Array
          block.forEach((row, place) =>
            veiled.set(result.subarray(place * dimension, (place + 1) * dimension), row * dimension),
          )
        }
      } finally {
        await program.release()
      }
      return veiled
    },
  }
}
