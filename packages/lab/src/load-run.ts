import { basename, join } from 'node:path'

import {
  createTrace,
  ParameterStore,
  Rng,
  sasrecObjective,
  Scope,
  VeilrecError,
  type Dataset,
} from '@veilrec/core'
import { loadDataset } from '@veilrec/data'
import { readSafetensors } from '@veilrec/runtime'

import { readManifest, resolveRun } from './run-folder.js'
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
  /** Parameters of the best epoch. */
  readonly store: ParameterStore
  /** `[numItems + 1, dimension]`, row-major; row 0 is padding. */
  readonly itemVectors: Float32Array
  readonly dimension: number
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
  const dataset = await loadDataset(home, manifest.dataset.name)
  if (dataset.hash !== manifest.dataset.hash) {
    throw new VeilrecError(
      'RUN_CORRUPT',
      `the data set "${manifest.dataset.name}" is not the one that the run "${name}" was trained on`,
      { expected: manifest.dataset.hash, found: dataset.hash },
      'Add the data set again with the options and seed it had, or train again.',
    )
  }
  const { model } = manifest.config
  const store = new ParameterStore(Rng.fromSeed(manifest.seed).split('parameters'))
  sasrecObjective(new Scope(createTrace(store, { training: true })), model, dataset.numItems, {
    batch: 1,
    time: model.historyLength,
  })
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
    store,
    itemVectors: store.get('items/weight').data,
    dimension: model.hiddenSize,
  }
}
