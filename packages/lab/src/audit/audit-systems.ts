import {
  ndcgAtK,
  requirementKey,
  targetRanks,
  topK,
  userMask,
  type BaseEncoder,
  type Histories,
  type Requirement,
  type Veil,
} from '@veilrec/core'

import type { EvaluationTask } from '../evaluation/evaluation-task.js'
import type { LoadedRun } from '../load-run.js'

/** Items per list that is attacked (evaluation.md rule 6). */
export const listLength = 50

/** A veil with the name that the audit gives it. */
export interface AuditedVeil {
  /** Folder name in the run. */
  readonly id: string
  /** What it was made on. */
  readonly dataset: { readonly name: string; readonly hash: string }
  /** SHA-256 (hex) of its tensors; left out where it was never stored. */
  readonly sha256?: string
  readonly veil: Veil
}

/** What is audited. */
export interface AuditedRun {
  readonly run: LoadedRun
  /** The run without a veil. */
  readonly base: BaseEncoder
  readonly veils: readonly AuditedVeil[]
  /** Folder names of veils of the run that are left out on request; none by default. */
  readonly skippedVeils?: readonly string[]
  /** Stored for sampled rankings; undefined where there are none. */
  readonly candidates: Histories | undefined
}

/** One row of the audit before it is measured: the base, or a veil under one requirement. */
export interface Subject {
  /** `(none)`, or the hidden attributes; with the veil before it where several veils hide the same. */
  readonly name: string
  readonly requirement: Requirement
  /** Null for the base. */
  readonly veil: AuditedVeil | null
}

/** What the recommender says of every user of the test query. Arrays lie on memory that workers share. */
export interface AuditedSystem extends Subject {
  /** `[numUsers, dimension]`, what items are scored with. */
  readonly vectors: Float32Array
  /** The best 50 items, nothing masked but padding. */
  readonly unmaskedLists: Histories
  /** The best 50 items of those that may be recommended. */
  readonly servedLists: Histories
  /** `[numUsers]`, NDCG@10 of full ranking on the test target. */
  readonly ndcg: Float64Array
}

/** The base, then each veil's requirements in its own order. */
export function auditedSubjects(veils: readonly AuditedVeil[]): Subject[] {
  const all = veils.flatMap((veil) => veil.veil.requirements.map((requirement) => ({ requirement, veil })))
  const keys = all.map(({ requirement }) => requirementKey(requirement))
  return [
    { name: '(none)', requirement: [], veil: null },
    ...all.map((subject, i) => {
      const key = keys[i]!
      const isShared = keys.indexOf(key) !== keys.lastIndexOf(key)
      return { name: isShared ? `${subject.veil.id}: ${key}` : key, ...subject }
    }),
  ]
}

/**
 * Encodes the test query under the requirement of a subject and ranks the catalogue with it, every score once
 * (evaluation.md rules 3 and 6).
 *
 * @throws VeilrecError `NOT_FINITE` naming the user whose vector holds a NaN; what the veil throws.
 */
export async function auditedSystem(
  run: Pick<LoadedRun, 'scores'>,
  base: BaseEncoder,
  subject: Subject,
  task: EvaluationTask,
): Promise<AuditedSystem> {
  const { known, masked, targets } = task
  const numUsers = known.offsets.length - 1
  const { requirement, veil } = subject
  const encoded = await (veil === null
    ? base(known)
    : veil.veil.encode(
        known,
        Array.from({ length: numUsers }, () => requirement),
      ))
  const vectors = sharedFloat32(encoded)
  const scores = run.scores(vectors)
  const mask = userMask(masked, numUsers)
  const ranks = new Float64Array(numUsers)
  const unmasked: Int32Array[] = []
  const served: Int32Array[] = []
  for (let user = 0; user < numUsers; user++) {
    const row = scores(user)
    const flags = mask(user, row.length)
    ranks[user] = targetRanks(row, targets.items.subarray(user, user + 1), flags)[0]!
    unmasked.push(topK(row, listLength).items)
    served.push(topK(row, listLength, flags).items)
  }
  return {
    ...subject,
    vectors,
    unmaskedLists: sharedLists(unmasked),
    servedLists: sharedLists(served),
    ndcg: ndcgAtK(ranks, 10),
  }
}

/** Lists of all users behind one another, on memory that workers share. */
export function sharedLists(lists: readonly Int32Array[]): Histories {
  const offsets = new Int32Array(new SharedArrayBuffer(4 * (lists.length + 1)))
  for (const [user, list] of lists.entries()) offsets[user + 1] = offsets[user]! + list.length
  const items = new Int32Array(new SharedArrayBuffer(4 * offsets[lists.length]!))
  for (const [user, list] of lists.entries()) items.set(list, offsets[user])
  return { offsets, items }
}

function sharedFloat32(values: Float32Array): Float32Array {
  const shared = new Float32Array(new SharedArrayBuffer(4 * values.length))
  shared.set(values)
  return shared
}
