import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProgressSink } from '@veilrec/core'

import { baseEncoder } from '../base-encoder.js'
import { openRun, type LoadedRun } from '../load-run.js'
import { trainInWorker } from '../train.js'
import { recommenderSha256 } from '../veils/recommender-hash.js'
import { listVeils, readVeil } from '../veils/veil-folder.js'
import type { ServedVeil } from '../veils/veil-kind.js'
import { veilKind } from '../veils/veil-kinds.js'
import type { VeilManifest } from '../veils/veil-manifest.js'

/** A run that was trained once more. */
export interface RemadeRun {
  readonly run: LoadedRun
  /** SHA-256 (hex) of the recommender's parameters. */
  readonly recommenderSha256: string
  /** The veil that was trained along, as a bundle carries it; null where there is none. */
  readonly veil: ServedVeil | null
}

/** Who is told of a training, and may stop it. */
export interface RemakeOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: ProgressSink
}

/**
 * Trains the recommender of a run once more on the data set that the run is given with, and with it the veil that was trained along: the
 * same settings, seed and threads, and as many epochs as there were, however long they take. Nothing of it stays on disk.
 *
 * @param train the training itself.
 * @throws VeilrecError what training throws; `ABORTED`.
 */
export async function remadeRun(
  { name, manifest, dataset }: LoadedRun,
  { signal, onProgress }: RemakeOptions,
  train: typeof trainInWorker = trainInWorker,
): Promise<RemadeRun> {
  const { model, config, configHash, seed, threads, versions, epochs } = manifest
  // Minutes would end it elsewhere on another day.
  const training = { ...config.training, epochs, maxMinutes: Infinity }
  const folder = await mkdtemp(join(tmpdir(), 'veilrec-self-check-'))
  try {
    await mkdir(join(folder, 'checkpoint'))
    const job = { folder, dataset, model, configHash, seed, threads, versions, resume: false }
    await train(
      { ...job, config: { ...config, training } },
      { ...(signal && { signal }), ...(onProgress && { onProgress }) },
    )
    const run = { ...(await openRun(folder, manifest, dataset)), name }
    const along = (await listVeils(folder)).find(({ id }) => id === config.veil?.method)
    const served = along && veilKind(along.method).serve(await readVeil(run, along, baseEncoder(run)))
    return { run, recommenderSha256: await recommenderSha256(folder), veil: served ?? null }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Whether a veil of a run is the one that was trained together with the recommender, and not one that replaced it. */
export function isTrainedAlong({ config }: LoadedRun['manifest'], veil: VeilManifest): boolean {
  // Only looks at a training together judge the recommender with nothing hidden, too.
  const looks = veil.training?.flatMap(({ judgements }) =>
    judgements.flatMap(({ requirements }) => requirements),
  )
  const judgesBase = looks?.some(({ requirement }) => requirement.length === 0) === true
  return config.veil?.method === veil.method && judgesBase
}
