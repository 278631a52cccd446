import type { BaseEncoder, Histories } from '@veilrec/core'

import { encodeKnown } from './encode-users.js'
import type { LoadedRun } from './load-run.js'

/** What was asked last, and its answer. */
interface LastAnswer {
  readonly histories: Histories
  readonly users: Int32Array | undefined
  readonly vectors: Promise<Float32Array>
}

/**
 * The user vectors of a run without a veil, as a function.
 *
 * Its last answer is remembered: whoever asks for the same users of the same `histories` again, as an audit does for
 * requirement after requirement, gets the same array, which nobody may change. A failure is not remembered.
 * A recommender that reads no history (PMF) has vectors for the users of its data set, by their index, and
 * looks at nothing of `histories` but how many there are.
 */
export function baseEncoder(run: LoadedRun, options: { readonly threads?: number } = {}): BaseEncoder {
  let last: LastAnswer | undefined
  return (histories, users) => {
    if (last?.histories === histories && areSame(last.users, users)) return last.vectors
    const vectors = encodeKnown(run, histories, users === undefined ? options : { ...options, users })
    const asked: LastAnswer = { histories, users: users?.slice(), vectors }
    last = asked
    vectors.catch(() => {
      if (last === asked) last = undefined
    })
    return vectors
  }
}

function areSame(a: Int32Array | undefined, b: Int32Array | undefined): boolean {
  return a === b || (a?.length === b?.length && a?.every((user, row) => user === b![row]) === true)
}
