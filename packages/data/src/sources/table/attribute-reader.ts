import type { UserAttribute } from '@veilrec/core'
import { NumberList } from '../number-list.js'
import type { AttributePlan } from './table-plan.js'
import { binNumbers, quartiles } from './bins.js'

/** Most classes of an attribute; with more, no class is large enough to be attacked or measured. */
export const maxClasses = 50

/** Takes the values of one attribute, user by user. */
export interface AttributeReader {
  /** What is wrong with a value, without showing it; nothing for a good one. */
  readonly fault: (text: string) => string | undefined
  /** Takes the next user's value, a good one. */
  readonly push: (text: string) => void
  /** The attribute of all users so far, or why it cannot be one. */
  readonly finish: () => AttributeOutcome
}

/** An attribute, or the reason why there is none; with what else is to be said about it. */
export type AttributeOutcome =
  { readonly attribute: UserAttribute; readonly note?: string } | { readonly unfit: string }

/** The reader for an attribute. */
export function attributeReader(name: string, plan: AttributePlan, sayBins: string): AttributeReader {
  const missing = new Set(['', ...plan.missing])
  if (plan.type === 'number') return numberReader(name, missing, plan.bins)
  if (plan.type === 'guess') return guessingReader(name, missing, sayBins)
  return plan.classes === undefined
    ? categoryReader(name, missing)
    : declaredReader(name, missing, plan.classes)
}

function numberReader(
  name: string,
  missing: ReadonlySet<string>,
  bins: readonly number[] | undefined,
): AttributeReader {
  const values = new NumberList(Float64Array)
  return {
    fault: (text) => (missing.has(text) || isNumber(text) ? undefined : `${name}: the value is not a number`),
    push: (text) => values.push(missing.has(text) ? NaN : Number(text)),
    finish: () => {
      const numbers = values.values()
      return { attribute: { name, ...binNumbers(numbers, bins ?? quartiles(numbers)) } }
    },
  }
}

function declaredReader(
  name: string,
  missing: ReadonlySet<string>,
  classOf: Readonly<Record<string, string>>,
): AttributeReader {
  const classes = [...new Set(Object.values(classOf))]
  const codeOf = new Map(
    Object.entries(classOf).map(([value, className]) => [value, classes.indexOf(className)]),
  )
  const codes = new NumberList(Int16Array)
  return {
    fault: (text) =>
      missing.has(text) || codeOf.has(text)
        ? undefined
        : `${name}: the value is none of those that "classes" lists`,
    push: (text) => codes.push(codeOf.get(text) ?? -1),
    finish: () => ({ attribute: { name, classes, codes: codes.values() } }),
  }
}

function categoryReader(name: string, missing: ReadonlySet<string>): AttributeReader {
  const values = new ValueList(missing)
  return {
    fault: () => undefined,
    push: (text) => values.push(text),
    finish: () =>
      values.asCategory(name) ?? {
        unfit: `it has ${values.different} different values (at most ${maxClasses})`,
      },
  }
}

function guessingReader(name: string, missing: ReadonlySet<string>, sayBins: string): AttributeReader {
  const values = new ValueList(missing)
  return {
    fault: () => undefined,
    push: (text) => values.push(text),
    finish: () => {
      const numbers = values.different > maxGuessedClasses ? values.asNumbers() : undefined
      if (numbers !== undefined && 2 * values.different <= numbers.length) {
        const attribute = { name, ...binNumbers(numbers, quartiles(numbers)) }
        return {
          attribute,
          note: `${name}: numbers, put into four groups of about equal size; ${sayBins} for others`,
        }
      }
      return (
        values.asCategory(name) ?? {
          unfit: `it has ${values.different} different values (at most ${maxClasses})`,
        }
      )
    },
  }
}

/** Up to this many different numbers are taken for classes. */
const maxGuessedClasses = 20

/** Values of a column, each different text kept once. */
class ValueList {
  readonly #numberOf = new Map<string, number>()
  readonly #numbers = new NumberList(Int32Array)
  readonly #missing: ReadonlySet<string>

  constructor(missing: ReadonlySet<string>) {
    this.#missing = missing
  }

  get different(): number {
    return this.#numberOf.size
  }

  push(text: string): void {
    if (this.#missing.has(text)) {
      this.#numbers.push(-1)
      return
    }
    const known = this.#numberOf.get(text)
    if (known === undefined) this.#numberOf.set(text, this.#numberOf.size)
    this.#numbers.push(known ?? this.#numberOf.size - 1)
  }

  /** Every value a class, in the order of the characters; `undefined` where there are too many. */
  asCategory(name: string): { readonly attribute: UserAttribute } | undefined {
    if (this.different > maxClasses) return undefined
    const texts = [...this.#numberOf.keys()]
    const classes = texts.toSorted()
    const codeOf = texts.map((text) => classes.indexOf(text))
    const codes = Int16Array.from(this.#numbers.values(), (number) => codeOf[number] ?? -1)
    return { attribute: { name, classes, codes } }
  }

  /** `[users]`, NaN where missing; `undefined` where a value is no number. */
  asNumbers(): Float64Array | undefined {
    const texts = [...this.#numberOf.keys()]
    if (!texts.every(isNumber)) return undefined
    const values = texts.map(Number)
    return Float64Array.from(this.#numbers.values(), (number) => values[number] ?? NaN)
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text))
}
