import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { VeilrecError, type ProgressSink } from '@veilrec/core'
import { addDataset, loadDataset } from '@veilrec/data'

import { readChecked, sha256, writeChecked } from '../checked-json.js'
import { loadRun, type LoadedRun } from '../load-run.js'
import { parseRunConfig } from '../run-config.js'
import { readManifest } from '../run-folder.js'
import type { RunManifest } from '../run-manifest.js'
import { train } from '../train.js'
import { parseVeilConfig } from '../veils/veil-config.js'
import { listVeils } from '../veils/veil-folder.js'
import { veilKind } from '../veils/veil-kinds.js'
import { makeVeil } from '../veils/make-veil.js'
import type { LabelAccess, VeilManifest } from '../veils/veil-manifest.js'
import { engineVersions, veilrecVersion } from '../version.js'
import type { Cell } from './cells.js'
import type { BaseRecipe, DataRecipe, PaperTable, VeilRecipe } from './paper-table.js'

/** To be raised with every change that changes what a step gives: what an earlier version stored is then left alone. */
const revisions = { base: 1, veil: 1, measured: 1 }

/** Format of stored figures. */
const formatVersion = 1

/** What every step is given. */
export interface Surroundings {
  /** The folder that holds data sets and runs; reproductions have a home of their own in it. */
  readonly home: string
  /** Folder of the published files; needed while the data has not been read. */
  readonly from?: string
  readonly threads?: number
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/** Which veil by a recipe. */
export interface VeilAbout {
  readonly attributes: readonly string[]
  readonly seed: number
  readonly labelAccess: LabelAccess
}

/** The veil that a cell measures: it is the protocol that says whose labels may train it. */
export function veilRequest({ attributes }: PaperTable, { protocol, seed }: Cell): VeilAbout {
  return { attributes, seed, labelAccess: protocol === 'paper' ? 'everybody' : 'defence' }
}

/**
 * Where reproductions keep what they make: data sets, runs, veils and figures, each under a name that follows from all that it
 * depends on (data hash, settings with their defaults, seed, version of the code). What is there is never made again, a step
 * that was interrupted goes on, and tables share what they have in common. It lies apart from the user's own runs: some of
 * its veils have seen labels that no veil may see.
 */
export class ReproductionStore {
  readonly #around: Surroundings
  readonly #data = new Map<string, Promise<{ readonly name: string; readonly hash: string }>>()

  constructor(around: Surroundings) {
    this.#around = around
  }

  /** The home of reproductions, as other functions take a home. */
  get home(): string {
    return join(this.#around.home, 'reproductions')
  }

  /**
   * Name and hash of a data set, which is read if it is not there.
   *
   * @throws VeilrecError what `addDataset` and `loadDataset` throw.
   */
  dataset(recipe: DataRecipe): Promise<{ readonly name: string; readonly hash: string }> {
    const name = `${recipe.name}-${digest(recipe).slice(0, 12)}`
    const known = this.#data.get(name) ?? this.#dataset(name, recipe)
    this.#data.set(name, known)
    known.catch(() => this.#data.delete(name))
    return known
  }

  async #dataset(
    name: string,
    { source, options, seed }: DataRecipe,
  ): Promise<{ readonly name: string; readonly hash: string }> {
    const { from, signal, onProgress } = this.#around
    const found = await loadDataset(this.home, name).catch((error: unknown) => {
      if (VeilrecError.from(error).code === 'DATASET_NOT_FOUND') return undefined
      throw error
    })
    if (found !== undefined) return { name, hash: found.hash }
    await mkdir(this.home, { recursive: true, mode: 0o700 })
    await addDataset({
      name,
      source,
      options,
      seed,
      home: this.home,
      ...(from === undefined ? {} : { from }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined
        ? {}
        : { onProgress: (stage) => onProgress({ stage: `data: ${stage}`, done: 0, total: 1 }) }),
    })
    return { name, hash: (await loadDataset(this.home, name)).hash }
  }

  /** What a trained base depends on, as a name. */
  async baseKey(data: DataRecipe, { model, config }: BaseRecipe, seed: number): Promise<string> {
    const { hash } = await this.dataset(data)
    return digest({ step: 'base', data: hash, model, config: parseRunConfig(model, config), seed })
  }

  /**
   * The trained base; trained, or trained to the end, if need be.
   *
   * @throws VeilrecError what `train` throws; `ABORTED`, a checkpoint kept.
   */
  async base(data: DataRecipe, recipe: BaseRecipe, seed: number): Promise<LoadedRun> {
    const { signal, onProgress } = this.#around
    const { name: dataset } = await this.dataset(data)
    const { name, folder } = await this.#run(data, recipe, seed)
    const about = {
      home: this.home,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    }
    if (await exists(join(folder, 'run.json'))) await train({ ...about, resume: name })
    else {
      // Killed before its manifest was written: there is nothing in it.
      await rm(folder, { recursive: true, force: true })
      await train({ ...about, dataset, model: recipe.model, config: recipe.config, seed, name })
    }
    return loadRun(this.home, name)
  }

  async #run(
    data: DataRecipe,
    recipe: BaseRecipe,
    seed: number,
  ): Promise<{ readonly name: string; readonly folder: string }> {
    const name = `${recipe.model}-${(await this.baseKey(data, recipe, seed)).slice(0, 16)}`
    return { name, folder: join(this.home, 'runs', name) }
  }

  /** What there is to tell of a base; undefined while it is not trained. */
  async baseManifest(data: DataRecipe, recipe: BaseRecipe, seed: number): Promise<RunManifest | undefined> {
    const { folder } = await this.#run(data, recipe, seed)
    if (!(await exists(join(folder, 'run.json')))) return undefined
    const manifest = await readManifest(folder)
    return manifest.status === 'finished' ? manifest : undefined
  }

  /** What a veil depends on, as a name. */
  veilKey(base: string, { method, config }: VeilRecipe, about: VeilAbout): string {
    return digest({ step: 'veil', base, method, config: parseVeilConfig(veilKind(method), config), ...about })
  }

  /**
   * A finished veil and the folder it lies below; made, or made to the end, if need be.
   *
   * @throws VeilrecError what `veil` throws; `ABORTED`, what was trained kept.
   */
  async veil(
    key: string,
    run: LoadedRun,
    { method, config }: VeilRecipe,
    about: VeilAbout,
  ): Promise<{ readonly manifest: VeilManifest; readonly folder: string }> {
    const { threads, signal, onProgress } = this.#around
    const folder = this.#veilFolder(key)
    const found = await this.veilManifest(key)
    if (found !== undefined) return { manifest: found, folder }
    const { manifest } = await makeVeil({
      run,
      folder,
      method,
      config,
      ...about,
      ...(threads === undefined ? {} : { threads }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    })
    return { manifest, folder }
  }

  /** What there is to tell of a veil; undefined while it is not made. */
  async veilManifest(key: string): Promise<VeilManifest | undefined> {
    return (await listVeils(this.#veilFolder(key)))[0]
  }

  #veilFolder(key: string): string {
    return join(this.home, 'veils', key)
  }

  /** Figures that were stored for exactly this question; undefined where there are none. */
  async figures(question: object): Promise<unknown> {
    return readChecked(this.#figuresPath(question), formatVersion)
  }

  /** Stores the answer to a question. @throws VeilrecError `FILE_UNWRITABLE` */
  async keepFigures<T>(question: object, answer: T): Promise<T> {
    return writeChecked(this.#figuresPath(question), formatVersion, answer)
  }

  #figuresPath(question: object): string {
    return join(this.home, 'figures', `${digest({ step: 'measured', ...question })}.json`)
  }
}

/** SHA-256 over a value and the version of the code that works on it. */
function digest(value: object): string {
  const { onnxruntime } = engineVersions()
  return sha256(JSON.stringify({ revisions, veilrec: veilrecVersion, onnxruntime, ...value }))
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
