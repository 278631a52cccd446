import { join } from 'node:path'
import {
  leaveOneOutTargets,
  sampleWindows,
  windowHistories,
  type Histories,
  type VectorWindows,
  type Windows,
} from '@veilrec/core'
import { readSafetensors, writeSafetensors } from '@veilrec/runtime'

import { recommenderSha256 } from './recommender-hash.js'
import type { VeilTask } from './veil-kind.js'

/** Windows that are encoded between two looks at the signal. */
const blockRows = 8192

/** Changes when the same key would give other windows. */
const revision = 1

/**
 * Moments of the users' lives before their validation item, each with the frozen recommender's vector.
 *
 * At most `windowsPerUser` of each user, drawn from the task's seed, the newest among them. A recommender that reads no
 * history has one vector per user, which all of the user's items share.
 *
 * The vectors, most of the work, are kept in one file of the run folder that the next veil of the same seed and number of
 * windows reads, whatever its method; one that does not fit is replaced.
 *
 * @throws VeilrecError `ABORTED`, `FILE_UNWRITABLE`
 */
export async function frozenWindows(
  task: Pick<VeilTask<unknown>, 'run' | 'base' | 'seed' | 'rng' | 'step'>,
  windowsPerUser: number,
): Promise<VectorWindows> {
  const { run, base, seed, rng } = task
  const { dataset, recommender, dimension } = run
  const { known } = leaveOneOutTargets(dataset.histories, 'validation')
  if (recommender.historyLength === 0) return everyItem(known, await base(known), dimension)
  const windows = sampleWindows(known, windowsPerUser, rng.split('windows'))
  const rows = Int32Array.from(windows.users.keys())
  const path = join(run.folder, 'veil-windows.safetensors')
  const key = JSON.stringify({
    revision,
    recommender: await recommenderSha256(run.folder),
    dataset: dataset.hash,
    seed,
    windowsPerUser,
  })
  const stored = await readVectors(path, key, rows.length * dimension)
  const vectors = stored ?? (await encode(task, known, windows))
  if (stored === undefined) {
    const tensors = new Map([['vectors', { shape: [rows.length, dimension], data: vectors }]])
    await writeSafetensors(path, tensors, new Map([['key', key]]))
  }
  return { dimension, vectors, rows, users: windows.users, targets: windows.targets }
}

async function encode(
  { run, base, step }: Pick<VeilTask<unknown>, 'run' | 'base' | 'step'>,
  known: Histories,
  windows: Windows,
): Promise<Float32Array> {
  const { recommender, dimension } = run
  const total = windows.users.length
  const histories = windowHistories(known, windows, recommender.historyLength)
  const vectors = new Float32Array(total * dimension)
  // By length, so that a block needs few of the encoder's graphs, which are compiled for a length each.
  const { lengths } = windows
  const order = Int32Array.from(lengths.keys()).sort((a, b) => lengths[a]! - lengths[b]!)
  for (let from = 0; from < total; from += blockRows) {
    await step('encode histories', from / blockRows, Math.ceil(total / blockRows))
    const block = order.slice(from, from + blockRows)
    const encoded = await base(histories, block)
    block.forEach((row, place) =>
      vectors.set(encoded.subarray(place * dimension, (place + 1) * dimension), row * dimension),
    )
  }
  return vectors
}

function everyItem({ offsets, items }: Histories, vectors: Float32Array, dimension: number): VectorWindows {
  const users = new Int32Array(items.length)
  for (let user = 0; user + 1 < offsets.length; user++) users.fill(user, offsets[user], offsets[user + 1])
  return { dimension, vectors, rows: users, users, targets: items }
}

async function readVectors(path: string, key: string, length: number): Promise<Float32Array | undefined> {
  const content = await readSafetensors(path).catch(() => undefined)
  const data = content?.tensors.get('vectors')?.data
  const fits = content?.metadata.get('key') === key && data instanceof Float32Array && data.length === length
  return fits ? data : undefined
}
