import { recommenderKind, schemaProblems, suggestKey } from '@veilrec/core'

import { defaultModel, runConfigSchema, withPreset } from './run-config.js'
import { readSettings, type SettingSources } from './settings-document.js'

/** Where the settings of a training come from: a file has the keys `preset`, `model` and `training`. */
export interface ConfigSources extends SettingSources {
  /** Name of the kind of recommender that the settings are for; default `sasrec`. */
  readonly model?: string
}

/**
 * Reads and checks the settings of a training.
 *
 * @returns what was given, without the defaults: input of `train`; `undefined` when there is no source at all.
 * @throws VeilrecError `CONFIG_INVALID` with `file:line:column` (or the `--set`) and path of every problem, and the
 * nearest key for an unknown one; `FILE_UNREADABLE`; `INVALID_ARGUMENT` for an unknown recommender.
 * @example
 * await readConfig({ file: 'sasrec.yaml', set: ['model.hiddenSize=64'] })
 */
export async function readConfig({ model = defaultModel, ...sources }: ConfigSources): Promise<unknown> {
  const kind = recommenderKind(model)
  const schema = runConfigSchema(kind)
  return readSettings(sources, (config) => {
    const parsed = schema.safeParse(withPreset(kind, config))
    if (parsed.success) return undefined
    const problems = schemaProblems(parsed.error)
    return { problems, hint: suggestKey(schema, problems) }
  })
}
