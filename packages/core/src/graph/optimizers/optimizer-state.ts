import type { Parameter } from '../parameter-store.js'

/** What an optimizer remembers of one parameter. */
export interface ParameterMemory {
  /** Moments, each as long as the parameter. */
  readonly slots: readonly Float32Array[]
  /** Lazy tables: the update that last touched each row, 0 for none. `[rows]` */
  readonly lastSteps?: Int32Array
}

/** The memory of an optimizer over all its parameters; what a checkpoint must hold of it. */
export class OptimizerState {
  /** Number of updates done. */
  step = 0
  readonly #memories = new Map<string, ParameterMemory>()

  /** The memory of a parameter, zero when it is new. */
  of(parameter: Parameter, slots: number): ParameterMemory {
    let memory = this.#memories.get(parameter.name)
    if (!memory) {
      const arrays = Array.from({ length: slots }, () => new Float32Array(parameter.data.length))
      const lazy = parameter.update === 'lazy'
      memory = { slots: arrays, ...(lazy ? { lastSteps: new Int32Array(parameter.shape[0] ?? 0) } : {}) }
      this.#memories.set(parameter.name, memory)
    }
    return memory
  }

  /** All arrays by name (`<parameter>.<slot>`, `<parameter>.lastSteps`), not copied. */
  export(): ReadonlyMap<string, Float32Array | Int32Array> {
    const arrays = new Map<string, Float32Array | Int32Array>()
    for (const [name, { slots, lastSteps }] of this.#memories) {
      slots.forEach((slot, index) => arrays.set(`${name}.${index}`, slot))
      if (lastSteps) arrays.set(`${name}.lastSteps`, lastSteps)
    }
    return arrays
  }

  /** Continues from exported arrays, which are taken over. */
  import(step: number, arrays: ReadonlyMap<string, Float32Array | Int32Array>): void {
    this.step = step
    this.#memories.clear()
    const slots = new Map<string, Float32Array[]>()
    for (const [key, array] of arrays) {
      if (array instanceof Int32Array) continue
      const dot = key.lastIndexOf('.')
      const list = slots.get(key.slice(0, dot)) ?? []
      list[Number(key.slice(dot + 1))] = array
      slots.set(key.slice(0, dot), list)
    }
    for (const [name, list] of slots) {
      const lastSteps = arrays.get(`${name}.lastSteps`)
      this.#memories.set(name, { slots: list, ...(lastSteps instanceof Int32Array ? { lastSteps } : {}) })
    }
  }
}
