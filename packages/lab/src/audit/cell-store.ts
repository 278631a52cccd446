import { join } from 'node:path'

import { attackProfiles } from '@veilrec/core'

import { readChecked, sha256, writeChecked } from '../checked-json.js'
import { cpuDescription, engineVersions, veilrecVersion } from '../version.js'
import type { AttackJob, JobOf, JobResults } from './attack-jobs.js'

/** Format of a stored cell; another one is no cell. */
const cellFormatVersion = 1

/** To be raised with every change of the attackers, the suite or the nulls that changes a figure: stored cells are then void. */
const suiteRevision = 1

/** What equal figures depend on besides the job itself. */
const circumstances = {
  cellFormatVersion,
  suiteRevision,
  versions: { veilrec: veilrecVersion, ...engineVersions() },
  cpu: cpuDescription().model,
  // Their functions do not show in JSON; that is what the revision is for.
  attackProfiles,
}

/**
 * The name under which the result of a job is stored: SHA-256 (hex) over evidence, labels, user groups, attackers with
 * their configurations, seeds, random stream, versions and processor. Equal keys, equal results.
 */
export function cellKey(job: AttackJob): string {
  const text = JSON.stringify({ circumstances, job }, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? digestOf(value) : value,
  )
  return sha256(text)
}

/**
 * The stored result of a job; undefined where there is none, or none that can be trusted.
 *
 * @param folder of the cells; need not exist.
 */
export async function readCell<K extends AttackJob['kind']>(
  folder: string,
  job: JobOf<K>,
): Promise<JobResults[K] | undefined> {
  return (await readChecked(cellPath(folder, job), cellFormatVersion)) as JobResults[K] | undefined
}

/**
 * Stores the result of a job at once and whole.
 *
 * @returns the result as a reader will get it, so that an audit does not depend on what was stored.
 * @throws VeilrecError `FILE_UNWRITABLE`
 */
export async function writeCell<K extends AttackJob['kind']>(
  folder: string,
  job: JobOf<K>,
  result: JobResults[K],
): Promise<JobResults[K]> {
  return writeChecked(cellPath(folder, job), cellFormatVersion, result)
}

function cellPath(folder: string, job: AttackJob): string {
  return join(folder, `${cellKey(job)}.json`)
}

/** Evidence is asked for by every attribute, so its sum is remembered; nobody writes into it. */
const digests = new WeakMap<ArrayBufferView, string>()

function digestOf(array: ArrayBufferView): string {
  const known = digests.get(array)
  if (known !== undefined) return known
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const digest = `${array.constructor.name}:${sha256(bytes)}`
  digests.set(array, digest)
  return digest
}
