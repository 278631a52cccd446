import { schemaProblems, suggestKey } from '@veilrec/core'
import {
  createService,
  serviceConfigSchema,
  type ServiceConfigInput,
  type UnauditedPolicy,
} from '@veilrec/service'

import type { CliContext } from '../context.js'

/** Flags of `veilrec serve`. */
export interface ServeFlags {
  readonly port?: number
  readonly host?: string
  readonly unaudited?: UnauditedPolicy
  readonly config?: string
  readonly set?: readonly string[]
  readonly json: boolean
}

/** `veilrec serve BUNDLE`: answers until it is interrupted, and then lets what is in flight finish. */
export async function serveBundle(this: CliContext, flags: ServeFlags, bundle: string): Promise<void> {
  const { process, signal } = this
  const { port, host, unaudited, config: file, set, json } = flags
  const config = {
    ...(await settingsOf({ ...(file !== undefined && { file }), ...(set && { set }) })),
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(unaudited && { unaudited }),
  }
  const service = await createService({
    bundle,
    config,
    log: { write: (line) => process.stderr.write(line) },
  })
  const url = await service.listen()
  const { digest } = service
  process.stdout.write(
    json ? `${JSON.stringify({ url, digest })}\n` : `serving ${bundle} (${digest})\nat ${url}\n`,
  )
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await service.drain()
}

/** Settings of the service from a file and single ones; what reads them is not loaded where there are none. */
async function settingsOf(sources: {
  readonly file?: string
  readonly set?: readonly string[]
}): Promise<ServiceConfigInput> {
  if (Object.keys(sources).length === 0) return {}
  const { readSettings } = await import('@veilrec/lab')
  const settings = await readSettings(sources, (given) => {
    const parsed = serviceConfigSchema.safeParse(given)
    if (parsed.success) return undefined
    const problems = schemaProblems(parsed.error)
    return { problems, hint: suggestKey(serviceConfigSchema, problems) }
  })
  return settings as ServiceConfigInput
}
