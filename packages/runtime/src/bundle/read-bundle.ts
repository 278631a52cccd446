import { access, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { requirementKey, timeBuckets, VeilrecError, type AffineMap, type Histories } from '@veilrec/core'

import { fileAccessError } from '../file-access.js'
import { decodeSafetensors } from '../safetensors.js'
import type { StoredTensor } from '../stored-tensor.js'
import {
  bundleManifestFile,
  corruptBundle,
  parseManifest,
  sha256Of,
  type BundleManifest,
  type HistoryGraph,
} from './bundle-manifest.js'
import type { BundleCatalogue } from './catalogue.js'
import { readCatalogue, readHistories } from './read-tables.js'

/** What a thread needs to make lists: everything of a bundle but texts and users. It can be sent to a worker. */
export interface BundleModel {
  readonly manifest: BundleManifest
  /** ONNX models by file name. */
  readonly graphs: ReadonlyMap<string, Uint8Array>
  readonly parameters: ReadonlyMap<string, StoredTensor>
  /** By requirement key, where the veil is affine. */
  readonly maps: ReadonlyMap<string, AffineMap>
  readonly catalogue: Pick<BundleCatalogue, 'popularity' | 'properties'>
}

/** Histories of users whom a bundle knows. */
export interface KnownUsers {
  /** Row of `histories` by the id of a user. */
  readonly users: ReadonlyMap<string, number>
  readonly histories: Histories
}

/** A bundle in memory, every byte of it checked against its digest. */
export interface Bundle {
  readonly folder: string
  readonly model: BundleModel
  readonly catalogue: BundleCatalogue
  /** Undefined where the bundle was made without. */
  readonly known: KnownUsers | undefined
}

/**
 * Reads a serving bundle. What it runs later is what was hashed here: no file is read twice, and nothing in it is executed but
 * its graphs.
 *
 * @throws VeilrecError `BUNDLE_NOT_FOUND`; `BUNDLE_CORRUPT` when a file is missing or has another hash than the manifest says, or
 * the parts do not fit; `FORMAT_TOO_NEW`.
 * @example
 * const bundle = await readBundle('films.bundle')
 */
export async function readBundle(folder: string): Promise<Bundle> {
  const manifest = await readBundleManifest(folder)
  const { model, catalogue: about, veil, histories } = manifest
  const files = new Map<string, Uint8Array>()
  for (const [name, { sha256, bytes }] of Object.entries(manifest.files)) {
    const path = join(folder, name)
    const content = await readBytes(path)
    if (content.length !== bytes || sha256Of(content) !== sha256) {
      throw corruptBundle(path, 'the file is not the one that bundle.json has the hash of')
    }
    files.set(name, content)
  }
  const take = (name: string): Uint8Array => {
    const content = files.get(name)
    if (content !== undefined) return content
    throw corruptBundle(join(folder, bundleManifestFile), `${name} is not among the files`)
  }
  const { tensors: parameters } = decodeSafetensors(take(model.parameters), join(folder, model.parameters))
  checkParameters(manifest, parameters, join(folder, model.parameters))
  const catalogue = await readCatalogue(take(about.file), about, join(folder, about.file))
  const served = veil?.serving
  const veilGraphs = served?.form === 'history' ? served.graphs : served?.form === 'vector' ? [served] : []
  const graphs = new Map([...model.graphs, ...veilGraphs].map(({ file }) => [file, take(file)]))
  checkHistoryGraphs(manifest, join(folder, bundleManifestFile))
  const maps =
    served?.form === 'affine'
      ? readMaps(manifest, take(served.file), join(folder, served.file))
      : new Map<string, AffineMap>()
  const { popularity, properties } = catalogue
  return {
    folder: resolve(folder),
    model: { manifest, graphs, parameters, maps, catalogue: { popularity, properties } },
    catalogue,
    known:
      histories === null
        ? undefined
        : await readHistories(
            take(histories.file),
            { ...histories, items: about.items },
            join(folder, histories.file),
          ),
  }
}

/**
 * The manifest of a bundle; its files are not looked at.
 *
 * @throws VeilrecError `BUNDLE_NOT_FOUND`, `BUNDLE_CORRUPT`, `FORMAT_TOO_NEW`
 */
export async function readBundleManifest(folder: string): Promise<BundleManifest> {
  const path = join(folder, bundleManifestFile)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
      throw fileAccessError('FILE_UNREADABLE', path, error)
    throw new VeilrecError(
      'BUNDLE_NOT_FOUND',
      `${folder} is no serving bundle: it has no ${bundleManifestFile}`,
      { folder },
      'Make one with "veilrec bundle RUN --out DIR".',
    )
  })
  return parseManifest(text, path)
}

/** Whether a folder is a bundle: has a `bundle.json`, whatever is in it. */
export async function isBundle(folder: string): Promise<boolean> {
  return access(join(folder, bundleManifestFile)).then(
    () => true,
    () => false,
  )
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw corruptBundle(path, 'the file is missing')
    throw fileAccessError('FILE_UNREADABLE', path, error)
  }
}

/** A history of any length finds its graph, under every requirement. */
function checkHistoryGraphs({ model, veil }: BundleManifest, path: string): void {
  const times = timeBuckets(model.historyLength)
  const check = (graphs: readonly HistoryGraph[]): void => {
    if (times.every((time) => graphs.some((graph) => graph.time === time))) return
    throw corruptBundle(path, `the graphs of histories are not of ${times.join(', ')} items`)
  }
  check(model.graphs)
  const served = veil?.serving
  if (served?.form !== 'history') return
  for (const { hide } of veil!.requirements) {
    const key = requirementKey(hide)
    check(served.graphs.filter((graph) => requirementKey(graph.hide) === key))
  }
}

function checkParameters(
  { model, catalogue }: BundleManifest,
  tensors: ReadonlyMap<string, StoredTensor>,
  path: string,
): void {
  for (const [name, { data }] of tensors) {
    if (!(data instanceof Float32Array) || !data.every(Number.isFinite)) {
      throw corruptBundle(path, `the tensor "${name}" is not of finite float32 numbers`)
    }
  }
  const shape = tensors.get(model.itemVectors)?.shape
  const expected = [catalogue.items + 1, model.dimension]
  if (shape?.join() !== expected.join()) {
    throw corruptBundle(
      path,
      `the item vectors are [${shape?.join(', ') ?? 'missing'}], not [${expected.join(', ')}]`,
    )
  }
}

function readMaps({ model, veil }: BundleManifest, bytes: Uint8Array, path: string): Map<string, AffineMap> {
  const { tensors } = decodeSafetensors(bytes, path)
  const { dimension } = model
  const numbers = (name: string, length: number): Float64Array => {
    const data = tensors.get(name)?.data
    if (data instanceof Float64Array && data.length === length && data.every(Number.isFinite)) return data
    throw corruptBundle(path, `no tensor "${name}" of ${length} finite float64 numbers`)
  }
  return new Map(
    veil!.requirements.map(({ hide }) => {
      const key = requirementKey(hide)
      const projection = numbers(`projection/${key}`, dimension * dimension)
      return [key, { dimension, projection, bias: numbers(`bias/${key}`, dimension) }]
    }),
  )
}
