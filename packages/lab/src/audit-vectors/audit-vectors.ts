import { access, constants } from 'node:fs/promises'
import { dirname } from 'node:path'

import {
  atChance,
  attackProfiles,
  attackSuite,
  defaultChanceMargin,
  Rng,
  userGroups,
  VeilrecError,
  type AttackSuiteResult,
  type ProgressSink,
  type UserAttribute,
  type UserGroup,
} from '@veilrec/core'
import { readUserIds, readUsersFile } from '@veilrec/data'
import { createOrtRuntime, writeFileAtomic } from '@veilrec/runtime'

import { checkpointForAbort } from '../interruption.js'
import { cpuDescription, engineVersions, veilrecVersion } from '../version.js'
import { drawUsers } from './draw-users.js'
import { leftOut, matchUsers } from './match-users.js'
import { readVectors } from './read-vectors.js'
import { splitAuditedUsers } from './split-audited-users.js'
import {
  vectorAuditFormatVersion,
  type LeakVerdict,
  type VectorAttack,
  type VectorAuditResult,
} from './vector-audit-result.js'
import { fileName, vectorAuditNotes, vectorsNotAttacked, vectorThreats } from './vector-audit-notes.js'
import { vectorValidity } from './vector-validity.js'

/** What {@link auditVectors} is asked to do. */
export interface AuditVectorsRequest {
  /** User vectors: `.npy`, or `.csv`, `.tsv`, `.parquet` with the user id in the first column. */
  readonly vectors: string
  /** Who the users are: CSV, TSV, Parquet, or MovieLens' own users file. */
  readonly users: string
  /** Names of the attributes to attack; at least one. */
  readonly attributes: readonly string[]
  /** Ids of the users whose labels the producer's defence used; without it nobody can say. */
  readonly defenceUsers?: string
  /** One seed, and logistic regression and the small MLP only. */
  readonly isQuick?: boolean
  /** Seed of user split, attackers, bootstrap and controls, default 1. */
  readonly seed?: number
  /** Threads of the engine; all cores when left out. */
  readonly threads?: number
  /** File for the result as JSON. */
  readonly out?: string
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/**
 * Attacks the user vectors of any recommender: can a classifier, trained from scratch on other users, tell an attribute of users
 * it has never seen from their vectors? (evaluation.md rules 5 and 7 to 9, see {@link attackSuite})
 *
 * Needs no data set and no home: two files, and a third where it is known whose labels the defence was made with. It writes
 * nothing but `out`. Of more than 20,000 users so many are drawn. Equal files, seed and versions give an equal result, whatever the order of the rows of a table of vectors.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for no attribute, one that is not there or is named twice, or a seed that is no whole
 *   number; what `readVectors`, `readUsersFile`, `readUserIds`, `matchUsers` and `splitAuditedUsers` throw; `VECTORS_INVALID` for
 *   an attribute of one class, and for defence users of whom most are unknown; `FILE_UNWRITABLE`; `ABORTED`, nothing written.
 * @example
 * const { attributes } = await auditVectors({ vectors: 'users.npy', users: 'users.csv', attributes: ['gender'] })
 */
export async function auditVectors(request: AuditVectorsRequest): Promise<VectorAuditResult> {
  const { isQuick = false, seed = 1, threads, out, signal, onProgress } = request
  checkRequest(request)
  if (out !== undefined) await checkFolder(out)
  onProgress?.({ stage: 'read', done: 0, total: 1 })
  const vectors = await readVectors(request.vectors, signal)
  await checkpointForAbort(signal)
  const listed = await readUsersFile(request.users, request.attributes, signal)
  const everybody = matchUsers(vectors, listed, request.users)
  const rng = Rng.fromSeed(seed).split('audit-vectors')
  const matched = drawUsers(everybody, vectors.dimension, rng.split('draw'))
  const numUsers = matched.userIds.length
  for (const attribute of matched.attributes) refuseOneClass(attribute, request.users)
  const defence = await readDefence(request.defenceUsers, everybody.userIds, matched.userIds, signal)

  const userGroup = splitAuditedUsers(
    matched.attributes,
    defence?.isMember,
    numUsers,
    rng.split('user-split'),
  )
  const profile = attackProfiles[isQuick ? 'quick' : 'full']
  const kinds = profile.kinds.filter(({ evidence }) => evidence === 'vectors')
  const runtime = createOrtRuntime()
  const context = {
    runtime,
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  }
  const attributes: Record<string, VectorAttack> = {}
  for (const [place, attribute] of matched.attributes.entries()) {
    await checkpointForAbort(signal)
    const attack = await attackSuite({
      evidence: { kind: 'vectors', values: matched.values, dimension: vectors.dimension },
      attribute,
      userGroup,
      kinds,
      seeds: profile.seeds,
      rng: rng.split(`attack/${attribute.name}`),
      context,
      options: {
        ...profile.options,
        onProgress: ({ stage, done, total }) =>
          onProgress?.({
            stage: `${attribute.name}: ${stage}`,
            done: place * total + done,
            total: matched.attributes.length * total,
          }),
      },
    })
    attributes[attribute.name] = describeAttack(attack, attribute, userGroup)
  }

  const { unlisted, withoutVector } = matched
  const scope = {
    vectors: {
      file: fileName(request.vectors),
      dimension: vectors.dimension,
      constantColumns: vectors.constantColumns,
    },
    users: {
      file: fileName(request.users),
      audited: numUsers,
      matched: everybody.userIds.length,
      unlisted,
      withoutVector,
    },
    defenceUsers: defence?.report ?? null,
    groups: countGroups(userGroup, () => true),
    attributes,
    isQuick,
    seed,
    attackers: kinds.map(({ name }) => name),
    readingNotes: listed.notes,
  }
  const { readingNotes: _, ...described } = scope
  const result: VectorAuditResult = {
    formatVersion: vectorAuditFormatVersion,
    ...described,
    chanceMargin: defaultChanceMargin,
    validity: vectorValidity(scope),
    notes: vectorAuditNotes(scope),
    notAttacked: vectorsNotAttacked(scope),
    threatsToValidity: vectorThreats(scope),
    versions: { veilrec: veilrecVersion, ...engineVersions() },
    cpu: cpuDescription(),
  }
  await checkpointForAbort(signal)
  if (out !== undefined) await writeFileAtomic(out, `${JSON.stringify(result, null, 2)}\n`)
  return result
}

function describeAttack(
  attack: AttackSuiteResult,
  { classes, codes }: UserAttribute,
  userGroup: Uint8Array,
): VectorAttack {
  const users = new Int32Array(classes.length)
  for (const code of codes) if (code >= 0) users[code]!++
  const isAtChance = atChance(attack.interval)
  return {
    ...attack,
    verdict: verdictOf(attack, isAtChance),
    atChance: isAtChance,
    classes: classes.map((name, code) => ({
      name,
      users: users[code]!,
      testUsers: attack.testUsersByClass[code] ?? 0,
    })),
    groups: countGroups(userGroup, (user) => codes[user]! >= 0),
    missing: codes.reduce((sum, code) => sum + (code < 0 ? 1 : 0), 0),
  }
}

function verdictOf({ interval }: AttackSuiteResult, isAtChance: boolean | null): LeakVerdict {
  if (interval === null) return 'not-measured'
  if (isAtChance === true) return 'at-chance'
  return interval.lower > 0.5 ? 'can-be-told' : 'undecided'
}

function countGroups(userGroup: Uint8Array, counts: (user: number) => boolean): Record<UserGroup, number> {
  const sizes = userGroups.map(() => 0)
  userGroup.forEach((group, user) => (sizes[group]! += counts(user) ? 1 : 0))
  return Object.fromEntries(userGroups.map((name, group) => [name, sizes[group]!])) as Record<
    UserGroup,
    number
  >
}

interface Defence {
  /** `[numUsers]` */
  readonly isMember: Uint8Array
  readonly report: NonNullable<VectorAuditResult['defenceUsers']>
}

async function readDefence(
  path: string | undefined,
  known: readonly string[],
  audited: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Defence | undefined> {
  if (path === undefined) return undefined
  const isKnown = new Set(known)
  const ids = await readUserIds(path, (id) => isKnown.has(id), signal)
  const unknown = leftOut(ids.filter((id) => !isKnown.has(id)))
  if (unknown.count > ids.length / 2) {
    const [own = '', theirs = ''] = [unknown.examples[0], known[0]].map((id) => JSON.stringify(id))
    throw new VeilrecError(
      'VECTORS_INVALID',
      `${path}: ${unknown.count} of ${ids.length} users, such as ${own}, are not among the ${known.length} with a vector, such as ${theirs}`,
      { unknown: unknown.count, ids: ids.length },
      'Write the ids of the users file, one a line.',
    )
  }
  const members = new Set(ids)
  const isMember = Uint8Array.from(audited, (id) => Number(members.has(id)))
  const report = { file: fileName(path), audited: isMember.reduce((sum, own) => sum + own, 0), unknown }
  return { isMember, report }
}

function refuseOneClass({ name, codes }: UserAttribute, path: string): void {
  const present = new Set(codes.filter((code) => code >= 0)).size
  if (present >= 2) return
  throw new VeilrecError(
    'VECTORS_INVALID',
    `${path}: ${present === 0 ? 'no audited user has a value of' : 'all audited users have the same value of'} ${name}`,
    { attribute: name, classes: present },
    'An attack needs at least two classes; leave the attribute out.',
  )
}

function checkRequest({ attributes, seed = 1 }: AuditVectorsRequest): void {
  const twice = attributes.find((name, place) => attributes.indexOf(name) !== place)
  const wrong =
    attributes.length === 0
      ? 'there is no attribute to attack'
      : twice !== undefined
        ? `the attribute "${twice}" is named twice`
        : Number.isSafeInteger(seed)
          ? undefined
          : `seed must be a whole number, got ${seed}`
  if (wrong !== undefined) throw new VeilrecError('INVALID_ARGUMENT', wrong, { attributes, seed })
}

/** Fails before the work and not after it. */
async function checkFolder(out: string): Promise<void> {
  try {
    await access(dirname(out), constants.W_OK)
  } catch (error) {
    throw new VeilrecError('FILE_UNWRITABLE', `${out} cannot be written: ${(error as Error).message}`, {
      out,
    })
  }
}
