import { constant } from '../../graph/initializers.js'
import { cast } from '../../graph/ops/elementwise.js'
import { concat, slice } from '../../graph/ops/shaping.js'
import type { ParameterStore } from '../../graph/parameter-store.js'
import type { Scope } from '../../graph/scope.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import type { DefenceAttribute } from '../learning/defence-labels.js'
import type { Crowd } from './memory-dependence.js'

/** Below this are the parameters of {@link audienceMemory}, which no gradient moves and no veil serves with. */
const place = 'pfrec/memory'

/** How much is remembered, and of what. */
export interface MemoryShape {
  /** Rows. */
  readonly size: number
  readonly dimension: number
  readonly attributes: readonly Pick<DefenceAttribute, 'name' | 'numClasses'>[]
}

/** The users that an eliminator met last, as it made their vectors then, and how to remember a batch. */
export interface AudienceMemory {
  readonly crowd: Crowd
  /** What the parameters become when a batch is remembered: its rows, then as many of those before it as there is room for. */
  remembering(batch: Crowd): Readonly<Record<string, Tensor>>
}

/** The memory as parameters: they are part of what a training is resumed from. Filled by {@link fillMemory}. */
export function audienceMemory(scope: Scope, { size, dimension, attributes }: MemoryShape): AudienceMemory {
  const none = constant(0)
  const kept = (name: string, shape: readonly number[]): Tensor =>
    scope.root().parameter(`${place}/${name}`, shape, none)
  const vectors = kept('vectors', [size, dimension])
  const users = kept('users', [size])
  const probabilities = attributes.map(({ name, numClasses }) =>
    kept(`probabilities/${name}`, [size, numClasses]),
  )
  const pushed = (newest: Tensor, older: Tensor): Tensor => {
    const rows = staticDim('audienceMemory', newest.shape, 0)
    if (rows >= size) return slice(newest, 0, 0, size)
    return concat([newest, slice(older, 0, 0, size - rows)], 0)
  }
  return {
    crowd: { vectors, users, probabilities },
    remembering: (batch) => ({
      [`${place}/vectors`]: pushed(batch.vectors, vectors),
      [`${place}/users`]: pushed(cast(batch.users, 'float32'), users),
      ...Object.fromEntries(
        attributes.map(({ name }, index) => [
          `${place}/probabilities/${name}`,
          pushed(batch.probabilities[index]!, probabilities[index]!),
        ]),
      ),
    }),
  }
}

/** Users to begin with, as many as the memory has rows. */
export interface RememberedUsers {
  /** `[size]` */
  readonly users: Int32Array
  /** `[size, dimension]`, of the eliminator as it is. */
  readonly vectors: Float32Array
  /** `[size, numClasses]` by attribute. */
  readonly probabilities: ReadonlyMap<string, Float32Array>
}

/** How many users a memory has room for whose parameters are in the store; 0 where there is none. */
export function memorySize(store: ParameterStore): number {
  return store.find(`${place}/users`)?.data.length ?? 0
}

/** Puts users into a memory whose parameters are in the store already; what is not there is not remembered. */
export function fillMemory(store: ParameterStore, { users, vectors, probabilities }: RememberedUsers): void {
  store.get(`${place}/users`).data.set(users)
  store.get(`${place}/vectors`).data.set(vectors)
  for (const [name, values] of probabilities) store.find(`${place}/probabilities/${name}`)?.data.set(values)
}
