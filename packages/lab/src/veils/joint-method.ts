import {
  VeilrecError,
  type DefenceLabels,
  type Histories,
  type Recommender,
  type Rng,
  type Runtime,
  type VectorModel,
  type VeilGame,
  type VeilTrainingConfig,
} from '@veilrec/core'
import type { z } from 'zod'

import type { TrainingConfig } from '../training-config.js'
import { veilKind, veilKinds } from './veil-kinds.js'
import type { VectorShape } from './vector-shape.js'

/** What every joint training has a setting for. */
type JointSettings = Pick<VeilTrainingConfig, 'holdoutShare'>

/** What a recommender and its veil are trained from, together. */
export interface JointGameInput {
  readonly recommender: Recommender
  /** What may train: without the validation and the test items. */
  readonly histories: Histories
  readonly labels: DefenceLabels
  /** The recommender's own. */
  readonly training: TrainingConfig
  readonly rng: Rng
  readonly numItems: number
  readonly runtime: Runtime
}

/** How a kind of veil is trained together with a recommender, from the beginning of both. */
export interface JointMethod<Config extends JointSettings = JointSettings> {
  /** Settings with defaults and descriptions, a strict object. */
  readonly schema: z.ZodType<Config>
  readonly presets: Readonly<Record<string, object>>
  /** What plays over the parameters of both. */
  game(config: Config, input: JointGameInput): Promise<VeilGame>
  /** The settings as the kind's own schema takes them, for `veil.json`. */
  stored(config: Config): Readonly<Record<string, unknown>>
  /** The part of it that serves. */
  veil(config: Config, shape: VectorShape): VectorModel['veil']
}

/**
 * How the veils of a method are trained together with a recommender.
 *
 * @throws VeilrecError `INVALID_ARGUMENT` for an unknown method, and for one that only stands behind a trained recommender.
 */
export function jointMethod(method: string): JointMethod {
  const { joint } = veilKind(method)
  if (joint !== undefined) return joint
  const methods = veilKinds.filter((kind) => kind.joint !== undefined).map((kind) => kind.method)
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `${method} is put on a trained recommender; trained together with one: ${methods.join(', ')}`,
    { method, methods },
    `Train without a veil, then put one on the run with "veilrec veil RUN --method ${method}".`,
  )
}
