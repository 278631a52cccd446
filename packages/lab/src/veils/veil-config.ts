import { closest, schemaProblems, suggestKey, VeilrecError } from '@veilrec/core'

import { isObject, merge } from '../run-config.js'
import { readSettings, type SettingProblems, type SettingSources } from '../settings-document.js'
import type { VeilKind } from './veil-kind.js'
import { veilKind } from './veil-kinds.js'

/** Where the settings of a veil come from: a file has `preset` and the settings of the method, side by side. */
export interface VeilConfigSources extends SettingSources {
  /** Name of a kind of veil. */
  readonly method: string
}

/** What settings are read by. */
type VeilSettings<Config> = Pick<VeilKind<Config>, 'schema' | 'presets'>

/**
 * Reads and checks the settings of a veil.
 *
 * @returns what was given, without the defaults: input of `veil`; `undefined` when there is no source at all.
 * @throws VeilrecError `CONFIG_INVALID` with `file:line:column` (or the `--set`) of every problem, and the nearest key for an
 * unknown one; `FILE_UNREADABLE`; `INVALID_ARGUMENT` for an unknown method.
 * @example
 * await readVeilConfig({ method: 'afrl', set: ['preset=paper', 'epochs=5'] })
 */
export async function readVeilConfig({ method, ...sources }: VeilConfigSources): Promise<unknown> {
  const kind = veilKind(method)
  return readSettings(sources, (settings) => {
    const parsed = readVeilSettings(kind, settings)
    return 'problems' in parsed ? parsed : undefined
  })
}

/**
 * Checks the settings of a veil and fills in those of its preset and the defaults.
 *
 * @throws VeilrecError `CONFIG_INVALID` naming every wrong key.
 */
export function parseVeilConfig<Config>(kind: VeilSettings<Config>, settings: unknown): Config {
  const parsed = readVeilSettings(kind, settings ?? {})
  if (!('problems' in parsed)) return parsed.config
  const problems = parsed.problems.map(({ path, key, message }) => ({
    path: [...path, ...(key === undefined ? [] : [key])].map(String),
    message,
  }))
  const listed = problems.map(({ path, message }) => `${path.join('.') || 'config'}: ${message}`).join('; ')
  throw new VeilrecError('CONFIG_INVALID', `the configuration is wrong: ${listed}`, { problems }, parsed.hint)
}

/**
 * Settings of a veil with those of its preset and the defaults filled in, or what is wrong with them.
 *
 * @param settings an object with `preset` and the settings of the method, side by side.
 */
export function readVeilSettings<Config>(
  { schema, presets }: VeilSettings<Config>,
  settings: unknown,
): { readonly config: Config } | SettingProblems {
  const { preset, ...rest } = isObject(settings) ? settings : {}
  const names = Object.keys(presets)
  if (preset !== undefined && !(typeof preset === 'string' && names.includes(preset))) {
    const meant = typeof preset === 'string' ? closest(preset, names) : undefined
    return {
      problems: [{ path: ['preset'], message: `there are ${names.join(', ') || 'none'}` }],
      hint: meant === undefined ? undefined : `Did you mean "${meant}"?`,
    }
  }
  const given = isObject(settings) ? merge(preset === undefined ? {} : presets[preset], rest) : settings
  const parsed = schema.safeParse(given)
  if (parsed.success) return { config: parsed.data }
  const problems = schemaProblems(parsed.error)
  return { problems, hint: suggestKey(schema, problems) }
}
