import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { VeilrecError, type BaseEncoder, type Veil } from '@veilrec/core'
import { readSafetensors, writeFileAtomic, writeSafetensors, type StoredTensor } from '@veilrec/runtime'
import type { ZodError } from 'zod'

import type { LoadedRun } from '../load-run.js'
import { fileSha256, recommenderSha256 } from './recommender-hash.js'
import type { StoredVeil } from './veil-kind.js'
import { veilKind, veilKinds } from './veil-kinds.js'
import {
  corruptVeil,
  veilFormatVersion,
  veilManifestSchema,
  type LabelAccess,
  type VeilManifest,
} from './veil-manifest.js'

/**
 * Writes a veil into a run folder; it appears whole or not at all. Whatever veil of the same method there is, in any
 * format, is replaced; in the instant between the two there is none, so that a reader fails rather than mixes them.
 *
 * @returns the veil's manifest as stored, and its folder.
 * @throws VeilrecError `FILE_UNWRITABLE`
 */
export async function writeVeil(
  runFolder: string,
  manifest: Omit<VeilManifest, 'formatVersion' | 'id' | 'tensorsSha256' | 'parameters'>,
  tensors: ReadonlyMap<string, StoredTensor>,
): Promise<{ readonly manifest: VeilManifest; readonly folder: string }> {
  const { method } = manifest
  const folder = join(runFolder, 'veils', method)
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 })
  const temporary = await mkdtemp(join(dirname(folder), `.${method}.partial-`))
  try {
    const path = join(temporary, 'veil.safetensors')
    await writeSafetensors(path, tensors)
    const stored: VeilManifest = {
      ...manifest,
      formatVersion: veilFormatVersion,
      id: method,
      parameters: [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
      tensorsSha256: await fileSha256(path),
    }
    await writeFileAtomic(join(temporary, 'veil.json'), `${JSON.stringify(stored, null, 2)}\n`)
    await removeVeils(dirname(folder), method)
    await rename(temporary, folder)
    return { manifest: stored, folder }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/**
 * The manifests of all veils of a run folder, by id; none when there are none.
 *
 * @throws VeilrecError `FORMAT_TOO_NEW`, `VEIL_CORRUPT`
 */
export async function listVeils(runFolder: string): Promise<VeilManifest[]> {
  const veils = join(runFolder, 'veils')
  return Promise.all((await veilNames(veils)).map((name) => readManifest(join(veils, name))))
}

/** Where a veil lies and whose labels it may have been trained with; see {@link loadVeil}. */
export interface LoadVeilOptions {
  /** Below which it was written; that of the run by default. */
  readonly folder?: string
  /** Default `defence`. */
  readonly labelAccess?: LabelAccess
}

/**
 * Loads a veil and checks that it belongs to the run as it is now.
 *
 * @param base the same run without a veil, see `baseEncoder`.
 * @throws VeilrecError as {@link readVeil} does.
 */
export async function loadVeil(
  run: LoadedRun,
  manifest: VeilManifest,
  base: BaseEncoder,
  options: LoadVeilOptions = {},
): Promise<Veil> {
  return veilKind(manifest.method).restore(await readVeil(run, manifest, base, options))
}

/**
 * A veil as it is stored, which belongs to the run as it is now.
 *
 * @throws VeilrecError `VEIL_SAW_ALL_LABELS` for a veil of the `paper` protocol, unless that is asked for;
 * `VEIL_STALE` when the run has other parameters or data than the veil was made for; `VEIL_CORRUPT`; what reading safetensors throws.
 */
export async function readVeil(
  run: LoadedRun,
  manifest: VeilManifest,
  base: BaseEncoder,
  { folder = run.folder, labelAccess = 'defence' }: LoadVeilOptions = {},
): Promise<StoredVeil<unknown>> {
  const path = join(folder, 'veils', manifest.id, 'veil.safetensors')
  if (manifest.labelAccess === 'everybody' && labelAccess !== 'everybody') {
    throw new VeilrecError(
      'VEIL_SAW_ALL_LABELS',
      `the veil ${manifest.id} was trained with the labels of all users, also of those that attackers are measured on`,
      { run: run.name, veil: manifest.id },
      'It belongs to a reproduction. Make one from the labels of defence users with `veilrec veil`.',
    )
  }
  if (
    manifest.dataset.hash !== run.dataset.hash ||
    manifest.recommenderSha256 !== (await recommenderSha256(run.folder))
  ) {
    throw new VeilrecError(
      'VEIL_STALE',
      `the veil ${manifest.id} was made for other parameters or data than run "${run.name}" has now`,
      { run: run.name, veil: manifest.id },
      'Make the veil again with `veilrec veil`.',
    )
  }
  if (manifest.dimension !== run.dimension) {
    throw corruptVeil(path, `made for vectors of ${manifest.dimension} numbers, not of ${run.dimension}`)
  }
  if ((await fileSha256(path)) !== manifest.tensorsSha256) {
    throw corruptVeil(path, 'the file does not have the hash in veil.json')
  }
  const { tensors } = await readSafetensors(path)
  return { run, manifest, config: manifest.config, tensors, path, base }
}

/** Folders of veils, sorted. What starts with a dot is a veil in the making. */
async function veilNames(veils: string): Promise<string[]> {
  try {
    const entries = await readdir(veils, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

async function removeVeils(veils: string, method: string): Promise<void> {
  for (const name of await veilNames(veils)) {
    const folder = join(veils, name)
    // A veil of another method is left alone even where it cannot be read.
    const known = name === method ? method : (await readManifest(folder).catch(() => undefined))?.method
    if (known === method) await rm(folder, { recursive: true, force: true })
  }
}

async function readManifest(folder: string): Promise<VeilManifest> {
  const path = join(folder, 'veil.json')
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw corruptVeil(path, (error as Error).message)
  }
  const { formatVersion, veilrecVersion } = (content ?? {}) as Partial<VeilManifest>
  if (typeof formatVersion === 'number' && formatVersion > veilFormatVersion) {
    throw new VeilrecError(
      'FORMAT_TOO_NEW',
      `${path}: made by veilrec ${veilrecVersion ?? '(unknown)'}, format ${formatVersion as number}; ` +
        `this one reads format ${veilFormatVersion}`,
      { path, formatVersion, supported: veilFormatVersion },
      'Upgrade veilrec.',
    )
  }
  const parsed = veilManifestSchema.safeParse(content)
  if (!parsed.success) throw corruptVeil(path, describeIssue(parsed.error))
  const manifest = parsed.data
  if (manifest.id !== basename(folder))
    throw corruptVeil(path, `the veil ${manifest.id} in a folder not its own`)
  const kind = veilKinds.find(({ method }) => method === manifest.method)
  if (kind === undefined) throw corruptVeil(path, `there is no veil method "${manifest.method}"`)
  const config = kind.schema.safeParse(manifest.config)
  if (!config.success) throw corruptVeil(path, describeIssue(config.error))
  return { ...manifest, config: config.data as Record<string, unknown> }
}

function describeIssue({ issues: [issue] }: ZodError): string {
  return `${issue?.path.join('.')}: ${issue?.message}`
}
