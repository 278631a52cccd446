import { createTrace, Scope, type Dataset, type ParameterStore, type VectorModel } from '@veilrec/core'
import type { StoredTensor } from '@veilrec/runtime'

/** The sizes that the part of a vector veil that serves follows from. */
export interface VectorShape {
  readonly dimension: number
  /** Names of the attributes, sorted. */
  readonly attributes: readonly string[]
  /** How many classes each of them has. */
  readonly numClasses: readonly number[]
}

/** The shape of a veil of some attributes of a data set. */
export function vectorShape(dimension: number, dataset: Dataset, attributes: readonly string[]): VectorShape {
  const numClasses = attributes.map(
    (name) => dataset.attributes.find((attribute) => attribute.name === name)?.classes.length ?? 0,
  )
  return { dimension, attributes, numClasses }
}

/** The parameters that a veil serves with, live, by name, sorted; those that are new are made in the store. */
export function servingTensors(
  veil: VectorModel['veil'],
  store: ParameterStore,
  { dimension, attributes }: VectorShape,
): ReadonlyMap<string, StoredTensor> {
  const trace = createTrace(store, { training: false })
  const scope = new Scope(trace)
  const vectors = scope.input('vectors', 'float32', [1, dimension])
  veil(scope, vectors, scope.input('hidden', 'float32', [1, attributes.length]))
  const names = [...trace.parameters.keys()].filter((name) => !store.isFrozen(name)).sort()
  return new Map(
    names.map((name) => {
      const { shape, data } = store.get(name)
      return [name, { shape, data }]
    }),
  )
}
