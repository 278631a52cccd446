import type { BaseEncoder, Requirement, UserAttribute, Veil } from '@veilrec/core'
import type { StoredTensor } from '@veilrec/runtime'
import type { z } from 'zod'

import type { LoadedRun } from '../load-run.js'
import type { VeilManifest } from './veil-manifest.js'

/** What there is to make a veil of. */
export interface VeilTask<Config> {
  readonly run: LoadedRun
  /** The attributes to hide, in order of their names, at least one. Only defence users' labels may be read. */
  readonly attributes: readonly UserAttribute[]
  /** Checked by the kind's schema, defaults filled in. */
  readonly config: Config
  /** The run without a veil. */
  readonly base: BaseEncoder
  /**
   * Tells how far the work has come, in units of the kind's own, and lets an interruption in.
   *
   * @throws VeilrecError `ABORTED`
   */
  readonly step: (stage: string, done: number, total: number) => Promise<void>
}

/** A veil that was just made, as it will be stored. */
export interface MadeVeil {
  /** What it serves besides the empty requirement, canonical, the smaller first. */
  readonly requirements: readonly Requirement[]
  /** Its parameters, by names of the kind's own. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/** A veil as it was stored, its files checked against each other and against the run. */
export interface StoredVeil<Config> {
  readonly run: LoadedRun
  readonly manifest: VeilManifest
  readonly config: Config
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** Where the tensors lie, for messages. */
  readonly path: string
  readonly base: BaseEncoder
}

/** A kind of veil: its name, its settings, how one is made and how it comes back from its files. */
export interface VeilKind<Config = unknown> {
  /** As typed by the user, such as `linear-erasure`; also the name of the folder. */
  readonly method: string
  /** Settings with defaults and descriptions, a strict object. */
  readonly schema: z.ZodType<Config>
  /** Makes a veil for every subset of the attributes. */
  make(task: VeilTask<Config>): Promise<MadeVeil>
  /**
   * The veil in working order, for exactly the requirements of its manifest.
   *
   * @throws VeilrecError `VEIL_CORRUPT` when the tensors are not those of this kind and run.
   */
  restore(stored: StoredVeil<Config>): Veil
}
