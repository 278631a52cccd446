import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { VeilrecError, type AffineMap } from '@veilrec/core'
import { readSafetensors, writeFileAtomic, writeSafetensors } from '@veilrec/runtime'

import { bestParametersPath, type LoadedRun } from './load-run.js'
import {
  canonicalRequirement,
  veilFormatVersion,
  veilManifestSchema,
  type VeilManifest,
} from './veil-manifest.js'

/** A veil as it lies in a run folder. */
export interface StoredVeil {
  readonly manifest: VeilManifest
  readonly map: AffineMap
}

/**
 * Writes a veil into a run folder; it appears whole or not at all. A veil of the same id is replaced; in the instant
 * between the two there is none, so that a reader fails rather than mixes them.
 *
 * @returns the veil's manifest as stored, and its folder.
 * @throws VeilrecError `FILE_UNWRITABLE`
 */
export async function writeVeil(
  runFolder: string,
  manifest: Omit<VeilManifest, 'tensorsSha256' | 'parameters'>,
  map: AffineMap,
): Promise<{ readonly manifest: VeilManifest; readonly folder: string }> {
  const folder = join(runFolder, 'veils', manifest.id)
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 })
  const temporary = await mkdtemp(join(dirname(folder), `.${manifest.id}.partial-`))
  try {
    const tensors = join(temporary, 'veil.safetensors')
    const { dimension, projection, bias } = map
    await writeSafetensors(
      tensors,
      new Map([
        ['projection', { shape: [dimension, dimension], data: projection }],
        ['bias', { shape: [dimension], data: bias }],
      ]),
    )
    const stored = {
      ...manifest,
      parameters: projection.length + bias.length,
      tensorsSha256: await fileSha256(tensors),
    }
    await writeFileAtomic(join(temporary, 'veil.json'), `${JSON.stringify(stored, null, 2)}\n`)
    await rm(folder, { recursive: true, force: true })
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
  let names: string[]
  try {
    const entries = await readdir(veils, { withFileTypes: true })
    // What starts with a dot is a veil in the making.
    names = entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return Promise.all(names.sort().map((name) => readManifest(join(veils, name))))
}

/**
 * The veil of a run for exactly one requirement. There is no fallback: anything that does not fit is an error.
 *
 * @param attributes names of the attributes to hide, at least one, in any order.
 * @throws VeilrecError `VEIL_NOT_FOUND` naming the requirements there are, and what {@link loadVeil} throws.
 */
export async function findVeil(run: LoadedRun, attributes: readonly string[]): Promise<StoredVeil> {
  const wanted = canonicalRequirement(attributes)
  const veils = await listVeils(run.folder)
  const found = veils.find((veil) => veil.attributes.join('\n') === wanted.join('\n'))
  if (found !== undefined) return loadVeil(run, found)
  const { name } = run
  const existing = veils.map((veil) => veil.attributes.join(','))
  throw new VeilrecError(
    'VEIL_NOT_FOUND',
    `run "${name}" has no veil for ${wanted.join(',')}; ` +
      (existing.length === 0 ? 'it has none at all' : `it has veils for ${existing.join(' and for ')}`),
    { run: name, requirement: wanted, existing },
    `Make it with \`veilrec veil ${name} --method linear-erasure --attributes ${wanted.join(',')}\`.`,
  )
}

/**
 * Loads a veil and checks that it belongs to the run as it is now.
 *
 * @throws VeilrecError `VEIL_STALE` when the run has other parameters or data than the veil was made for;
 * `VEIL_CORRUPT`; what reading safetensors throws.
 */
export async function loadVeil(run: LoadedRun, manifest: VeilManifest): Promise<StoredVeil> {
  const { dimension } = manifest
  const path = join(run.folder, 'veils', manifest.id, 'veil.safetensors')
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
  if ((await fileSha256(path)) !== manifest.tensorsSha256) {
    throw corrupt(path, 'the file does not have the hash in veil.json')
  }
  const { tensors } = await readSafetensors(path)
  const projection = tensors.get('projection')?.data
  const bias = tensors.get('bias')?.data
  if (
    !(projection instanceof Float64Array && projection.length === dimension * dimension) ||
    !(bias instanceof Float64Array && bias.length === dimension) ||
    dimension !== run.dimension
  ) {
    throw corrupt(path, `no affine map of dimension ${run.dimension}`)
  }
  return { manifest, map: { dimension, projection, bias } }
}

/** SHA-256 (hex) of the parameters that a run recommends with. */
export async function recommenderSha256(runFolder: string): Promise<string> {
  return fileSha256(bestParametersPath(runFolder))
}

async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function readManifest(folder: string): Promise<VeilManifest> {
  const path = join(folder, 'veil.json')
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    throw corrupt(path, (error as Error).message)
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
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw corrupt(path, `${issue?.path.join('.')}: ${issue?.message}`)
}

function corrupt(path: string, reason: string): VeilrecError {
  return new VeilrecError(
    'VEIL_CORRUPT',
    `${path}: ${reason}`,
    { path },
    'Make the veil again with `veilrec veil`.',
  )
}
