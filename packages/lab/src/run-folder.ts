import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { basename, isAbsolute, join, resolve } from 'node:path'

import { recommenderKinds, VeilrecError } from '@veilrec/core'
import { writeFileAtomic } from '@veilrec/runtime'
import type { z } from 'zod'

import { runFormatVersion, runManifestSchema, type RunManifest } from './run-manifest.js'

const manifestName = 'run.json'
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** The folder that holds all runs of a home. */
function runsFolder(home: string): string {
  return join(home, 'runs')
}

/** One run of a home, for listings. */
export interface RunListing {
  readonly name: string
  readonly folder: string
  /** Time of the last change of its manifest, milliseconds since 1970. */
  readonly changed: number
}

/** All runs of a home, the newest first. Folders without a manifest are no runs. */
export async function listRuns(home: string): Promise<RunListing[]> {
  const names = await readdir(runsFolder(home)).catch(() => [])
  const runs: RunListing[] = []
  for (const name of names) {
    const folder = join(runsFolder(home), name)
    const manifest = await stat(join(folder, manifestName)).catch(() => undefined)
    if (manifest) runs.push({ name, folder, changed: manifest.mtimeMs })
  }
  return runs.sort((a, b) => b.changed - a.changed || (a.name < b.name ? -1 : 1))
}

/**
 * The folder of a run named by path, name, unique prefix of a name, or `latest`.
 *
 * @throws `RUN_NOT_FOUND`, with the runs there are; `INVALID_ARGUMENT` for a prefix of several runs.
 */
export async function resolveRun(home: string, reference: string): Promise<string> {
  const runs = await listRuns(home)
  if (reference === 'latest' && runs[0]) return runs[0].folder
  const exact = runs.find(({ name }) => name === reference)
  if (exact) return exact.folder
  const looksLikePath = isAbsolute(reference) || reference.includes('/') || reference.includes('\\')
  if (looksLikePath && (await stat(join(resolve(reference), manifestName)).catch(() => undefined))) {
    return resolve(reference)
  }
  const matches = runs.filter(({ name }) => reference !== '' && name.startsWith(reference))
  if (matches.length === 1) return matches[0]!.folder
  const candidates = (matches.length > 0 ? matches : runs).slice(0, 10).map(({ name }) => name)
  if (matches.length > 1) {
    throw new VeilrecError('INVALID_ARGUMENT', `"${reference}" is the beginning of several runs`, {
      candidates,
    })
  }
  throw new VeilrecError(
    'RUN_NOT_FOUND',
    `there is no run "${reference}"`,
    { reference, candidates },
    candidates.length > 0 ? `Runs here: ${candidates.join(', ')}.` : 'Train one with "veilrec train".',
  )
}

/**
 * Makes the folder of a new run.
 *
 * @throws `INVALID_ARGUMENT` for a name that is no plain folder name, `RUN_EXISTS` for a taken one.
 */
export async function createRunFolder(home: string, name: string): Promise<string> {
  if (!namePattern.test(name) || name === 'latest') {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `"${name}" is no name for a run`,
      { name },
      'Use letters, digits, ".", "_" and "-", starting with a letter or digit, at most 100; "latest" is taken.',
    )
  }
  const folder = join(runsFolder(home), name)
  await mkdir(runsFolder(home), { recursive: true, mode: 0o700 })
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    throw new VeilrecError(
      'RUN_EXISTS',
      `there is already a run "${name}"`,
      { name },
      `Choose another --name, or continue it with "veilrec train --resume ${name}".`,
    )
  }
  await mkdir(join(folder, 'checkpoint'), { mode: 0o700 })
  return folder
}

/** A name no run has yet: `<dataset>-<what>-<n>`, where `what` is the recommender, and the veil that is trained along. */
export async function freeRunName(home: string, dataset: string, what: string): Promise<string> {
  const taken = new Set(await readdir(runsFolder(home)).catch(() => []))
  let number = 1
  while (taken.has(`${dataset}-${what}-${number}`)) number++
  return `${dataset}-${what}-${number}`
}

/** Writes `run.json` atomically. */
export async function writeManifest(folder: string, manifest: RunManifest): Promise<void> {
  await writeFileAtomic(join(folder, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`)
}

/**
 * Reads `run.json`.
 *
 * @throws `FORMAT_TOO_NEW` for a run of a newer version, `RUN_CORRUPT` for anything that is not a manifest.
 */
export async function readManifest(folder: string): Promise<RunManifest> {
  const path = join(folder, manifestName)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined)
    throw new VeilrecError('RUN_NOT_FOUND', `${path} cannot be read`, { run: basename(folder) })
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw corrupt(path, 'it is not JSON')
  }
  const header = content as { formatVersion?: unknown; veilrecVersion?: unknown }
  if (typeof header.formatVersion === 'number' && header.formatVersion > runFormatVersion) {
    throw new VeilrecError(
      'FORMAT_TOO_NEW',
      `${path} was made by veilrec ${String(header.veilrecVersion)}`,
      { formatVersion: header.formatVersion },
      'Upgrade veilrec.',
    )
  }
  const parsed = runManifestSchema.safeParse(content)
  if (!parsed.success) throw corrupt(path, describeIssues(parsed.error))
  const manifest = parsed.data
  const kind = recommenderKinds.find(({ name }) => name === manifest.model)
  if (kind === undefined) throw corrupt(path, `there is no recommender "${manifest.model}"`)
  const model = kind.schema.safeParse(manifest.config.model)
  if (!model.success) throw corrupt(path, describeIssues(model.error))
  return { ...manifest, config: { ...manifest.config, model: model.data as Record<string, unknown> } }
}

function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
}

function corrupt(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'RUN_CORRUPT',
    `${path} is no run manifest: ${reason}`,
    { reason },
    'Train the run again.',
  )
}
