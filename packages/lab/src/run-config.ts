import { recommenderKind, VeilrecError, type RecommenderKind } from '@veilrec/core'
import { z } from 'zod'

import { trainingSchema, type TrainingConfig } from './training-config.js'

/** The settings of a training, with defaults filled in. */
export interface RunConfig {
  /** Name of the preset that defaults were taken from. */
  readonly preset?: string | undefined
  /** Settings of the recommender, by its own schema. */
  readonly model: Readonly<Record<string, unknown>>
  readonly training: TrainingConfig
  /** The veil that is trained along; none when left out. */
  readonly veil?: JointVeil | undefined
}

/** A veil that is trained together with its recommender. */
export interface JointVeil {
  readonly method: string
  /** Sorted names of the attributes that it can hide. */
  readonly attributes: readonly string[]
  /** Settings, by the schema of the method's `joint`. */
  readonly config: Readonly<Record<string, unknown>>
}

/** The recommender that is trained when none is named. */
export const defaultModel = 'sasrec'

/** The form of a configuration for one kind of recommender: `preset`, `model` and `training`, all optional. */
export function runConfigSchema(kind: RecommenderKind): z.ZodType<Omit<RunConfig, 'veil'>> {
  const presets = Object.keys(kind.presets)
  return z.strictObject({
    preset: z.enum(presets).optional().describe('named settings that replace the defaults'),
    model: kind.schema as z.ZodType<RunConfig['model']>,
    training: trainingSchema,
  })
}

/**
 * A configuration over the defaults of its kind and preset: what is given wins over the preset, the preset over the
 * kind's training settings. What has not the form of a configuration is left for the schema to refuse.
 */
export function withPreset(kind: RecommenderKind, given: unknown): unknown {
  if (given !== undefined && given !== null && !isObject(given)) return given
  const { preset: name, model, training, ...rest } = (given ?? {}) as Record<string, unknown>
  const preset =
    typeof name === 'string' && Object.hasOwn(kind.presets, name) ? kind.presets[name] : undefined
  return {
    ...rest,
    ...(name === undefined ? {} : { preset: name }),
    model: merge(preset?.model ?? {}, model),
    training: merge(merge(trainingDefaults(kind), preset?.training), training),
  }
}

/**
 * Checks the settings of a training and fills in defaults.
 *
 * @param model name of a kind of recommender.
 * @throws VeilrecError `CONFIG_INVALID` naming every wrong key; `INVALID_ARGUMENT` for an unknown recommender.
 */
export function parseRunConfig(model: string, config: unknown): RunConfig {
  const kind = recommenderKind(model)
  const parsed = runConfigSchema(kind).safeParse(withPreset(kind, config))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => ({ path: path.map(String), message }))
  const listed = problems.map(({ path, message }) => `${path.join('.') || 'config'}: ${message}`).join('; ')
  throw new VeilrecError('CONFIG_INVALID', `the configuration is wrong: ${listed}`, { problems })
}

/** Training settings of a kind before any preset. */
function trainingDefaults(kind: RecommenderKind): unknown {
  return merge(trainingSchema.parse({}), kind.training)
}

/**
 * `over` on top of `base`, objects within objects too. Where both have a `kind` and it differs, nothing of `base` is kept:
 * settings of one optimizer mean nothing to another.
 */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined || over === null) return base
  if (!isObject(base) || !isObject(over)) return over
  if (over['kind'] !== undefined && base['kind'] !== undefined && over['kind'] !== base['kind']) return over
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) merged[key] = merge(base[key], value)
  return merged
}

/** Whether a value is an object with keys of its own: no array, not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
