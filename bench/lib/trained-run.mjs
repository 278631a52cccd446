// A run of the command in VEILREC_HOME, trained when it is not there yet and continued when it was interrupted, so that a
// long computation is cut into sessions and never done twice.
import { join } from 'node:path'
import { readFileSync } from 'node:fs'

import { publicData, veilrec } from './command.mjs'

/** The home of long computations: kept between calls when VEILREC_HOME names one. */
export function benchHome() {
  return process.env.VEILREC_HOME ?? join(process.cwd(), '.veilrec', 'bench')
}

/** Where the main job of the README runs, and under which name. */
export function mainJobHome() {
  return join(benchHome(), 'main-job')
}
export const mainJobRun = 'films'

/** Adds a public data set unless it is there. */
export async function ensureDataset(home, name) {
  const known = await veilrec(home, ['data', 'card', name], { tolerated: ['DATASET_NOT_FOUND'] })
  return known ?? veilrec(home, ['data', 'add', name, '--from', publicData(name)])
}

/**
 * Trains `settings` under a fixed name and gives the manifest of the finished run. A run of that name with other settings,
 * another seed or other data is an error: it is somebody else's.
 */
export async function trainedRun(home, { name, dataset, model, seed = 1, settings = [] }) {
  const runs = await veilrec(home, ['runs'])
  const known = runs.find((run) => run.name === name)?.manifest
  if (known === undefined) {
    const set = settings.flatMap((setting) => ['--set', setting])
    const words = [
      'train',
      '--dataset',
      dataset,
      '--model',
      model,
      '--seed',
      `${seed}`,
      '--name',
      name,
      ...set,
    ]
    await veilrec(home, words)
  } else if (known.model !== model || known.seed !== seed || known.dataset.name !== dataset) {
    throw new Error(`the run ${name} in ${home} is another one; remove or rename it`)
  } else if (known.status !== 'finished') {
    await veilrec(home, ['train', '--resume', name])
  }
  return JSON.parse(readFileSync(join(home, 'runs', name, 'run.json'), 'utf8'))
}
