import {
  canonicalRequirement,
  requirementKey,
  VeilrecError,
  type BaseEncoder,
  type ErrorCode,
  type Histories,
  type Requirement,
  type Veil,
} from '@veilrec/core'

import { distance } from './distance.js'

/** A veil to be held to the promises of its interface. */
export interface VeilSubject {
  /** Puts the veil on a recommender; called anew for every promise. */
  readonly veil: (base: BaseEncoder) => Veil | Promise<Veil>
  /** User vectors of that recommender, the same for the same rows. */
  readonly base: BaseEncoder
  /** At least as many rows as the veil has requirements, and two more. */
  readonly histories: Histories
  /** How far a row may move with its neighbours, in {@link distance}; default 1e-5, the rounding of batched products. */
  readonly tolerance?: number
}

/** One promise of the interface `Veil`. */
export interface VeilPromise {
  readonly name: string
  /** @throws Error that says what was broken. */
  readonly check: (subject: VeilSubject) => Promise<void>
}

/**
 * What every `Veil` promises, whatever it is inside.
 *
 * @example
 * it.each(veilConformance)('$name', ({ check }) => check({ veil, base, histories }))
 */
export const veilConformance: readonly VeilPromise[] = [
  {
    name: 'lists canonical requirements over its attributes, the smaller first',
    check: async (subject) => {
      const { attributes, requirements } = await subject.veil(subject.base)
      same('attributes', attributes, canonicalRequirement(requirements.flat()))
      for (const names of requirements) same('a requirement', names, canonicalRequirement(names))
      const sizes = requirements.map((names) => names.length)
      same(
        'sizes of requirements',
        sizes,
        sizes.toSorted((a, b) => a - b),
      )
      ensure(!sizes.includes(0), 'the empty requirement is served by every veil and listed by none')
      same('requirements, each once', requirements.map(requirementKey), [
        ...new Set(requirements.map(requirementKey)),
      ])
    },
  },
  {
    name: 'gives the vectors of the base, bit for bit, where nothing is to be hidden',
    check: async (subject) => {
      const veil = await subject.veil(subject.base)
      const base = await subject.base(subject.histories)
      const none = rowsOf(subject).map((): Requirement => [])
      same('vectors of empty requirements', await veil.encode(subject.histories, none), base)
      const mixed = everyRequirement(veil, subject)
      const rows = await split(veil.encode(subject.histories, mixed), mixed.length)
      const expected = await split(Promise.resolve(base), mixed.length)
      mixed.forEach((names, row) => {
        if (names.length === 0) same(`row ${row} of a mixed batch`, rows[row]!, expected[row]!)
      })
    },
  },
  {
    name: 'serves another requirement in every row, each as in a batch of its own',
    check: async (subject) => {
      const veil = await subject.veil(subject.base)
      const mixed = everyRequirement(veil, subject)
      const rows = await split(veil.encode(subject.histories, mixed), mixed.length)
      for (const requirement of [[], ...veil.requirements]) {
        const uniform = veil.encode(
          subject.histories,
          mixed.map(() => requirement),
        )
        const expected = await split(uniform, mixed.length)
        mixed.forEach((names, row) => {
          if (requirementKey(names) !== requirementKey(requirement)) return
          near(`row ${row} hiding "${names.join()}"`, rows[row]!, expected[row]!, subject)
        })
      }
    },
  },
  {
    name: 'encodes a row the same alone, among others, and in any order',
    check: async (subject) => {
      const veil = await subject.veil(subject.base)
      const mixed = everyRequirement(veil, subject)
      const together = await split(veil.encode(subject.histories, mixed), mixed.length)
      const backwards = rowsOf(subject).toReversed()
      const reversed = veil.encode(subject.histories, mixed.toReversed(), Int32Array.from(backwards))
      const turned = (await split(reversed, mixed.length)).toReversed()
      for (const row of rowsOf(subject)) {
        const alone = await veil.encode(subject.histories, [mixed[row]!], Int32Array.of(row))
        near(`row ${row} alone`, alone, together[row]!, subject)
        near(`row ${row} in another order`, turned[row]!, together[row]!, subject)
      }
      const nobody = await veil.encode(subject.histories, [], new Int32Array(0))
      same('vectors of nobody', nobody, [])
    },
  },
  {
    name: 'gives the same bits again, all of them finite',
    check: async (subject) => {
      const veil = await subject.veil(subject.base)
      const mixed = everyRequirement(veil, subject)
      const once = await veil.encode(subject.histories, mixed)
      same('vectors asked for again', await veil.encode(subject.histories, mixed), once)
      ensure(once.every(Number.isFinite), 'a vector holds a NaN or an infinity')
    },
  },
  {
    name: 'does not care for the order of names, nor for one that is named twice',
    check: async (subject) => {
      const veil = await subject.veil(subject.base)
      const mixed = everyRequirement(veil, subject)
      const turned = mixed.map((names) => [...names.toReversed(), ...names])
      const vectors = await veil.encode(subject.histories, turned)
      same('vectors for the names turned round', vectors, await veil.encode(subject.histories, mixed))
    },
  },
  {
    name: 'refuses what it does not serve, whatever stands beside it, and has no fallback',
    check: async (subject) => {
      const veil = await subject.veil(subject.base)
      const [served = []] = veil.requirements
      for (const unknown of [['no such attribute'], [...served, 'no such attribute'], [''], ['__proto__']]) {
        const mixed: Requirement[] = rowsOf(subject).map((row) => (row % 2 === 0 ? [] : served))
        mixed[mixed.length - 1] = unknown
        await refused('VEIL_NOT_FOUND', `"${unknown.join()}"`, veil.encode(subject.histories, mixed))
      }
      const few = veil.encode(subject.histories, [served], Int32Array.of(0, 1))
      await refused('INVALID_ARGUMENT', 'one requirement for two rows', few)
    },
  },
  {
    name: 'leaves the vectors of the base as they are',
    check: async (subject) => {
      const given = new Map<Float32Array, Float32Array>()
      const all = await subject.base(subject.histories)
      const veil = await subject.veil(async (histories, users) => {
        const vectors = users === undefined ? all : await subject.base(histories, users)
        given.set(vectors, vectors.slice())
        return vectors
      })
      const vectors = await veil.encode(subject.histories, everyRequirement(veil, subject))
      vectors.fill(0)
      for (const [now, before] of given) same('vectors that the base gave', now, before)
    },
  },
]

function rowsOf({ histories }: VeilSubject): number[] {
  return Array.from({ length: histories.offsets.length - 1 }, (_, row) => row)
}

/** A requirement for every row: all that the veil serves and the empty one in turn, none of them sorted apart. */
function everyRequirement({ requirements }: Veil, subject: VeilSubject): Requirement[] {
  const rows = rowsOf(subject)
  ensure(rows.length > requirements.length + 1, `${rows.length} rows are too few to try every requirement`)
  const all: Requirement[] = [[], ...requirements]
  return rows.map((row) => all[row % all.length]!)
}

async function split(vectors: Promise<Float32Array>, rows: number): Promise<Float32Array[]> {
  const all = await vectors
  const dimension = all.length / rows
  ensure(Number.isInteger(dimension) && dimension > 0, `${all.length} numbers are not ${rows} vectors`)
  return Array.from({ length: rows }, (_, row) => all.subarray(row * dimension, (row + 1) * dimension))
}

async function refused(code: ErrorCode, what: string, answer: Promise<unknown>): Promise<void> {
  const found = await answer.then(
    () => 'an answer',
    (error: unknown) => VeilrecError.from(error).code,
  )
  ensure(found === code, `${what}: expected ${code}, got ${found}`)
}

function near(what: string, received: Float32Array, expected: Float32Array, subject: VeilSubject): void {
  const { relative } = distance(received, expected)
  ensure(relative <= (subject.tolerance ?? 1e-5), `${what}: distance ${relative.toExponential(1)}`)
}

function same(what: string, received: ArrayLike<unknown>, expected: ArrayLike<unknown>): void {
  const isSame =
    received.length === expected.length &&
    Array.from(received).every((value, index) => Object.is(value, expected[index]))
  ensure(isSame, `${what}: not the same`)
}

function ensure(holds: boolean, problem: string): void {
  if (!holds) throw new Error(`a veil breaks its promise: ${problem}`)
}
