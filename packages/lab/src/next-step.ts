import { access } from 'node:fs/promises'
import { join } from 'node:path'

import { listDatasets } from '@veilrec/data'

import { overviewRuns } from './run-overview.js'

/** What a home holds, and the command that leads on. */
export interface NextStep {
  /** Names of the data sets. */
  readonly datasets: readonly string[]
  /** Names of the runs, the newest first. */
  readonly runs: readonly string[]
  /** What to type, without the word `veilrec`. */
  readonly next: string
  /** What it does, as the end of "to ...". */
  readonly purpose: string
}

/**
 * The next useful command for the state of a home, on the way from data to a veiled recommendation: add a data set, train
 * (or go on training), put a veil on the newest run, audit it, recommend.
 *
 * @throws VeilrecError what listing data sets and runs throws, where one is damaged.
 */
export async function nextStep(home: string): Promise<NextStep> {
  const datasets = (await listDatasets(home)).map(({ name }) => name)
  const runs = await overviewRuns(home)
  const found = { datasets, runs: runs.map(({ name }) => name) }
  const [newest] = runs
  if (newest === undefined) {
    const [dataset] = datasets
    return dataset === undefined
      ? { ...found, next: 'data add simulated', purpose: 'try everything on a small simulated data set' }
      : { ...found, next: `train --dataset ${dataset}`, purpose: 'train a recommender' }
  }
  const { name, manifest, veils, folder } = newest
  const [veil] = veils
  if (manifest.status !== 'finished') {
    return { ...found, next: `train --resume ${name}`, purpose: 'go on with the training' }
  }
  if (veil === undefined) {
    return { ...found, next: `veil ${name}`, purpose: 'hide attributes of the users' }
  }
  if (!(await exists(join(folder, 'audit.json')))) {
    return { ...found, next: `audit ${name}`, purpose: 'see what an attacker can still tell' }
  }
  const { method, attributes } = veil
  const choice = veils.length > 1 ? ` --method ${method}` : ''
  return {
    ...found,
    next: `recommend ${name} --user ID --veil ${attributes.join(',')}${choice}`,
    purpose: 'see what the veil changes for one user',
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
