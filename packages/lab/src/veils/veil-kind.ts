import type {
  AffineMap,
  BaseEncoder,
  OnnxModel,
  Progress,
  Requirement,
  Rng,
  Runtime,
  UserAttribute,
  Veil,
} from '@veilrec/core'
import type { StoredTensor } from '@veilrec/runtime'
import type { z } from 'zod'

import type { LoadedRun } from '../load-run.js'
import type { JointMethod } from './joint-method.js'
import type { TrainingRecord } from './training-record.js'
import type { VeilManifest } from './veil-manifest.js'

/**
 * Tells how far the work has come, in units of the kind's own, and lets an interruption in.
 *
 * @throws VeilrecError `ABORTED`
 */
export type VeilStep = (
  stage: string,
  done: number,
  total: number,
  about?: Pick<Progress, 'metrics' | 'secondsLeft'>,
) => Promise<void>

/** What there is to make a veil of. */
export interface VeilTask<Config> {
  readonly run: LoadedRun
  /** The attributes to hide, in order of their names, at least one. Only defence users' labels may be read. */
  readonly attributes: readonly UserAttribute[]
  /** Checked by the kind's schema, defaults filled in. */
  readonly config: Config
  /** The run without a veil. */
  readonly base: BaseEncoder
  /** From which everything random follows, by streams split off {@link VeilTask.rng}. */
  readonly seed: number
  readonly rng: Rng
  readonly runtime: Runtime
  /** Threads of compiled graphs; all cores when left out. */
  readonly threads?: number
  /**
   * A folder for checkpoints. What lies there was made for the same run, attributes, configuration, seed and version; it stays
   * when the work is interrupted or fails, and goes once the veil is stored.
   */
  readonly workFolder: string
  readonly step: VeilStep
}

/** A veil that was just made, as it will be stored. */
export interface MadeVeil {
  /** What it serves besides the empty requirement, canonical, the smaller first. */
  readonly requirements: readonly Requirement[]
  /** Its parameters, by names of the kind's own. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** How it was trained, one entry for each thing that was trained by itself; left out where nothing is. */
  readonly training?: readonly TrainingRecord[]
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

/** A traced graph and the tensors of the veil that its inputs are named after, those of the recommender left out. */
export interface ServedGraph {
  /** Rows of every run. */
  readonly rows: number
  readonly model: OnnxModel
  readonly parameters: ReadonlyMap<string, StoredTensor>
}

/** The forms in which veils are served. */
export type ServedVeil =
  /** Maps of the recommender's vectors, by requirement key. */
  | { readonly form: 'affine'; readonly maps: ReadonlyMap<string, AffineMap> }
  /** Inputs `vectors` `[rows, dimension]` and `hidden` `[rows, attributes]`, output `veiled` `[rows, dimension]`. */
  | { readonly form: 'vector'; readonly graph: ServedGraph }
  /** Input `history` `[rows, time]`, output `vectors` `[rows, dimension]`, for every requirement and length of histories. */
  | {
      readonly form: 'history'
      readonly graphs: readonly {
        readonly requirement: Requirement
        readonly time: number
        readonly graph: ServedGraph
      }[]
    }

/** A kind of veil: its name, its settings, how one is made and how it comes back from its files. */
export interface VeilKind<Config = unknown> {
  /** As typed by the user, such as `linear-erasure`; also the name of the folder. */
  readonly method: string
  /** One line for the help: what it does, without a full stop. */
  readonly summary: string
  /** Settings with defaults and descriptions, a strict object. */
  readonly schema: z.ZodType<Config>
  /** Settings that replace defaults by name, such as `paper`. */
  readonly presets: Readonly<Record<string, object>>
  /** How it is trained together with a recommender; left out where it only stands behind a trained one. */
  readonly joint?: JointMethod
  /** Makes a veil for every subset of the attributes. */
  make(task: VeilTask<Config>): Promise<MadeVeil>
  /**
   * The veil in working order, for exactly the requirements of its manifest.
   *
   * @throws VeilrecError `VEIL_CORRUPT` when the tensors are not those of this kind and run.
   */
  restore(stored: StoredVeil<Config>): Veil
  /**
   * The veil as a bundle carries it, for exactly the requirements of its manifest: what it does to vectors or histories, and no
   * way to learn.
   *
   * @throws VeilrecError `VEIL_CORRUPT` as {@link VeilKind.restore}.
   */
  serve(stored: StoredVeil<Config>): ServedVeil
}
