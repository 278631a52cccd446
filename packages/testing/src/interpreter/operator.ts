import type { Attribute } from '@veilrec/core'

import type { Value } from './value.js'

/** One ONNX operator: inputs in the order of its specification, `undefined` for one left out. */
export type Operator = (inputs: readonly (Value | undefined)[], attributes: Attributes) => readonly Value[]

/** The attributes of a node, read with the type and default that the specification gives them. */
export class Attributes {
  readonly #values: Readonly<Record<string, Attribute>>

  constructor(values: Readonly<Record<string, Attribute>>) {
    this.#values = values
  }

  /** An integer. */
  integer(name: string, fallback: number): number {
    const value = this.#values[name] ?? fallback
    if (typeof value === 'number' && Number.isInteger(value)) return value
    throw new TypeError(`attribute ${name} is no integer`)
  }

  /** A float; rounded to 32 bits, as the file stores it. */
  float(name: string, fallback: number): number {
    const value = this.#values[name] ?? { float: fallback }
    if (typeof value === 'object' && 'float' in value) return Math.fround(value.float)
    throw new TypeError(`attribute ${name} is no float`)
  }

  /** A list of integers; `undefined` when it is not there. */
  integers(name: string): readonly number[] | undefined {
    const value = this.#values[name]
    if (value === undefined || Array.isArray(value)) return value as readonly number[] | undefined
    throw new TypeError(`attribute ${name} is no list of integers`)
  }

  /** A word. */
  word(name: string, fallback: string): string {
    const value = this.#values[name] ?? fallback
    if (typeof value === 'string') return value
    throw new TypeError(`attribute ${name} is no string`)
  }

  /** Fails when the node has an attribute that the operator does not read. */
  expectOnly(...names: readonly string[]): void {
    const unknown = Object.keys(this.#values).filter((name) => !names.includes(name))
    if (unknown.length > 0) throw new TypeError(`unknown attribute ${unknown.join(', ')}`)
  }
}

/** A required input. */
export function required(inputs: readonly (Value | undefined)[], index: number): Value {
  const value = inputs[index]
  if (value) return value
  throw new TypeError(`input ${index} is missing`)
}
