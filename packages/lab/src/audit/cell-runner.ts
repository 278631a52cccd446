import { atChance, type ProgressSink, type Rng } from '@veilrec/core'

import type { AttackJob, AttackProfileName, JobOf, JobResults } from './attack-jobs.js'
import type { AttackPool } from './attack-pool.js'
import { costOf, type AttackCell } from './audit-cells.js'
import type { JudgedAttack } from './audit-result.js'
import { readCell, writeCell } from './cell-store.js'

/** What a {@link CellRunner} works with. */
export interface CellRunnerOptions {
  readonly pool: AttackPool
  /** Where results are kept. */
  readonly folder: string
  readonly profile: AttackProfileName
  /** `[numUsers]`, index into `userGroups`. */
  readonly userGroup: Uint8Array
  /** Not advanced. */
  readonly rng: Rng
  /** Results that will be asked for in all. */
  readonly total: number
  readonly onProgress: ProgressSink | undefined
}

/**
 * Makes the cells of an audit: takes what an earlier audit has stored, and stores each new result at once.
 *
 * Who asks for a result need not wait for it at once: a failure that comes before is kept, and nobody else hears of it.
 */
export class CellRunner {
  readonly #options: CellRunnerOptions
  #done = 0
  #reused = 0

  constructor(options: CellRunnerOptions) {
    this.#options = options
  }

  /** Results so far that were stored already. */
  get reused(): number {
    return this.#reused
  }

  /** Results so far. */
  get done(): number {
    return this.#done
  }

  /** Attacks one cell; the stream depends on attribute and evidence only, so that all rows draw alike. */
  attack(cell: AttackCell): Promise<JudgedAttack> {
    const { profile, userGroup, rng } = this.#options
    const { name, attribute, stream, evidence } = cell
    const job: JobOf<'attack'> = {
      kind: 'attack',
      evidence,
      attribute,
      userGroup,
      profile,
      rng: rng.split(`attack/${stream}`).state(),
    }
    const made = this.#make(name, job, costOf(cell))
    return quietly(made.then((result) => ({ ...result, atChance: atChance(result.interval) })))
  }

  /** The result of any job. */
  make<K extends AttackJob['kind']>(name: string, job: JobOf<K>): Promise<JobResults[K]> {
    return quietly(this.#make(name, job, 0))
  }

  async #make<K extends AttackJob['kind']>(
    name: string,
    job: JobOf<K>,
    cost: number,
  ): Promise<JobResults[K]> {
    const { pool, folder, total, onProgress } = this.#options
    const stored = await readCell(folder, job)
    const result = stored ?? (await writeCell(folder, job, await pool.run(job, cost)))
    if (stored !== undefined) this.#reused++
    onProgress?.({ stage: name, done: ++this.#done, total })
    return result
  }
}

/** Marks the failure of a promise as heard, so that it ends no process before somebody waits for it. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
