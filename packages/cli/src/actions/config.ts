import { commentedConfig, configJsonSchema, parseRunConfig } from '@veilrec/lab'

import type { CliContext } from '../context.js'
import { perform } from '../perform.js'

/** Flags of `veilrec config show`. */
export interface ConfigShowFlags {
  readonly preset?: string
  readonly json: boolean
}

/** `veilrec config show MODEL` */
export async function configShow(this: CliContext, flags: ConfigShowFlags, model: string): Promise<void> {
  const { preset, json } = flags
  await perform(this, {
    json,
    work: () => Promise.resolve(parseRunConfig(model, preset === undefined ? {} : { preset })),
    render: () => commentedConfig(model, preset).trimEnd(),
  })
}

/** Flags of `veilrec config schema`. */
export interface ConfigSchemaFlags {
  readonly json: boolean
}

/** `veilrec config schema [MODEL]` */
export async function configSchema(
  this: CliContext,
  { json }: ConfigSchemaFlags,
  model?: string,
): Promise<void> {
  await perform(this, {
    json,
    work: () => Promise.resolve(configJsonSchema(model)),
    render: (schema) => JSON.stringify(schema, null, 2),
  })
}
