import { basename, join } from 'node:path'

import {
  createTrace,
  ParameterStore,
  recommenderKind,
  Rng,
  Scope,
  VeilrecError,
  type Dataset,
  type Recommender,
  type ScoreRows,
} from '@veilrec/core'
import { loadDataset } from '@veilrec/data'
import { readSafetensors } from '@veilrec/runtime'

import { readManifest, resolveRun } from './run-folder.js'
import type { RunConfig } from './run-config.js'
import type { RunManifest } from './run-manifest.js'

/** Where the parameters of the best epoch lie. */
export function bestParametersPath(folder: string): string {
  return join(folder, 'best.safetensors')
}

/** A finished run in memory. */
export interface LoadedRun {
  readonly name: string
  readonly folder: string
  readonly manifest: RunManifest
  readonly dataset: Dataset
  readonly recommender: Recommender
  /** Parameters of the best epoch. */
  readonly store: ParameterStore
  readonly dimension: number
  /**
   * Scores of the catalogue for user vectors `[numUsers, dimension]`, whether the recommender made them or a veil; see
   * {@link Scorer.scores}.
   */
  readonly scores: (userVectors: Float32Array) => ScoreRows
}

/**
 * Loads a finished run with its data set.
 *
 * @throws `RUN_NOT_FOUND`; `RUN_UNFINISHED` while it has not been trained to the end; `RUN_CORRUPT` when the
 *   data set is no longer the one it was trained on or the parameters do not fit.
 */
export async function loadRun(home: string, reference: string): Promise<LoadedRun> {
  const folder = await resolveRun(home, reference)
  const manifest = await readManifest(folder)
  const name = basename(folder)
  if (manifest.status !== 'finished') {
    throw new VeilrecError(
      'RUN_UNFINISHED',
      `the run "${name}" has not been trained to the end`,
      { name },
      `Continue it with "veilrec train --resume ${name}".`,
    )
  }
  return openRun(folder, manifest, await loadRunDataset(home, manifest))
}

/**
 * A run whose parameters lie in a folder, on a data set.
 *
 * @throws VeilrecError `RUN_CORRUPT` when the parameters do not fit.
 */
export async function openRun(folder: string, manifest: RunManifest, dataset: Dataset): Promise<LoadedRun> {
  const name = basename(folder)
  const { recommender, store } = untrained(manifest.model, manifest.config, dataset, manifest.seed)
  const { tensors } = await readSafetensors(bestParametersPath(folder))
  const values = new Map<string, Float32Array>()
  for (const [parameter, { data }] of tensors) if (data instanceof Float32Array) values.set(parameter, data)
  try {
    store.restore(values)
  } catch (cause) {
    throw new VeilrecError(
      'RUN_CORRUPT',
      `the parameters of "${name}" do not fit: ${VeilrecError.from(cause).message}`,
    )
  }
  return {
    name,
    folder,
    manifest,
    dataset,
    recommender,
    store,
    dimension: recommender.dimension,
    scores: (userVectors) => recommender.scorer.scores(store, userVectors),
  }
}

/**
 * The data set of a run.
 *
 * @throws VeilrecError `RUN_CORRUPT` when it is no longer the one that the run was begun on; `DATASET_NOT_FOUND` and what
 * else loading it throws.
 */
export async function loadRunDataset(home: string, { name, dataset: begun }: RunManifest): Promise<Dataset> {
  const dataset = await loadDataset(home, begun.name)
  if (dataset.hash === begun.hash) return dataset
  throw new VeilrecError(
    'RUN_CORRUPT',
    `the data set "${begun.name}" is not the one that the run "${name}" was trained on`,
    { expected: begun.hash, found: dataset.hash },
    'Add the data set again with the options and seed it had, or train again.',
  )
}

/** A recommender with all its parameters at their initial values, as they follow from the seed. */
export function untrained(
  model: string,
  config: RunConfig,
  dataset: Dataset,
  seed: number,
): { readonly recommender: Recommender; readonly store: ParameterStore } {
  const recommender = recommenderKind(model).create(config.model, dataset)
  const store = new ParameterStore(Rng.fromSeed(seed).split('parameters'))
  // Traced once so that every parameter exists before values are restored.
  const trace = createTrace(store, { training: true })
  recommender.objective(new Scope(trace), { batch: 1, time: Math.max(1, recommender.historyLength) })
  return { recommender, store }
}
