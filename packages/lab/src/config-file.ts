import { recommenderKind, schemaProblems, suggestKey } from '@veilrec/core'

import { defaultModel, isObject, runConfigSchema, withPreset } from './run-config.js'
import { readSettings, type SettingProblems, type SettingSources } from './settings-document.js'
import { jointMethod } from './veils/joint-method.js'
import { readVeilSettings } from './veils/veil-config.js'

/** Where the settings of a training come from: a file has the keys `preset`, `model`, `training` and, with a veil, `veil`. */
export interface ConfigSources extends SettingSources {
  /** Name of the kind of recommender that the settings are for; default `sasrec`. */
  readonly model?: string
  /** Method of the veil that is trained along, whose settings the section `veil` holds; none when left out. */
  readonly veil?: string
}

/**
 * Reads and checks the settings of a training.
 *
 * @returns what was given, without the defaults: input of `train`, its section `veil` (where a method was named) that of `veil.config`;
 * `undefined` when there is no source at all.
 * @throws VeilrecError `CONFIG_INVALID` with `file:line:column` (or the `--set`) and path of every problem, and the
 * nearest key for an unknown one; `FILE_UNREADABLE`; `INVALID_ARGUMENT` for an unknown recommender or method.
 * @example
 * await readConfig({ file: 'sasrec.yaml', set: ['model.hiddenSize=64'] })
 */
export async function readConfig({
  model = defaultModel,
  veil,
  ...sources
}: ConfigSources): Promise<unknown> {
  const kind = recommenderKind(model)
  const schema = runConfigSchema(kind)
  const joint = veil === undefined ? undefined : jointMethod(veil)
  return readSettings(sources, (given) => {
    const [config, veilSettings] = joint ? partVeil(given) : [given, undefined]
    const parsed = schema.safeParse(withPreset(kind, config))
    const own = parsed.success ? [] : schemaProblems(parsed.error)
    const ofVeil = joint ? veilProblems(readVeilSettings(joint, veilSettings ?? {})) : { problems: [] }
    const problems = [...own, ...ofVeil.problems]
    if (problems.length === 0) return undefined
    const isAlone = joint === undefined && isObject(given) && 'veil' in given
    return { problems, hint: isAlone ? withoutVeil : (suggestKey(schema, own) ?? ofVeil.hint) }
  })
}

const withoutVeil = 'The section veil is for a veil that is trained along: name its method with --veil.'

/**
 * Parts what {@link readConfig} gives into settings of the recommender and its training, and the section `veil`; `undefined` where there is
 * none.
 */
export function partVeil(settings: unknown): [config: unknown, veil: unknown] {
  if (!isObject(settings)) return [settings, undefined]
  const { veil, ...config } = settings
  return [config, veil]
}

/** What is wrong with the section `veil`, in terms of the whole. */
function veilProblems(parsed: object | SettingProblems): SettingProblems {
  if (!('problems' in parsed)) return { problems: [] }
  return {
    ...parsed,
    problems: parsed.problems.map((problem) => ({ ...problem, path: ['veil', ...problem.path] })),
  }
}
