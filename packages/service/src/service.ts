import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { VeilrecError } from '@veilrec/core'
import { readBundle } from '@veilrec/runtime'
import type { FastifyInstance } from 'fastify'

import { parseServiceConfig, type ServiceConfigInput } from './config.js'
import { capabilitiesOf } from './documents/capabilities.js'
import { parametersOf } from './documents/parameters.js'
import { createApp } from './http/app.js'
import { serviceMetrics } from './http/metrics.js'
import { RankPool } from './ranking/rank-pool.js'
import { VectorCache } from './ranking/vector-cache.js'
import { catalogueIndex } from './requests/catalogue-index.js'
import { ListMaker } from './requests/list-maker.js'
import { resolveSwitches } from './switches/resolve-switches.js'
import { servedBy } from './switches/served-requirements.js'

/** What {@link createService} is asked to do. */
export interface ServiceRequest {
  /** Folder of a bundle. */
  readonly bundle: string
  readonly config?: ServiceConfigInput
  /** Where log lines go, one JSON object each, without users and values; nowhere when left out. */
  readonly log?: { write(line: string): void }
}

/** A service that is ready, and listens once it is told to. */
export interface Service {
  /** `sha256:HEX` of the bundle. */
  readonly digest: string
  /** For requests without a network and for routes of one's own, which go on before {@link Service.listen}. */
  readonly app: FastifyInstance
  /**
   * Starts to listen.
   *
   * @returns the address, such as `http://127.0.0.1:8080`.
   */
  listen(): Promise<string>
  /**
   * Stops without failing anybody: not ready at once, closed to what is new after the grace time, ended when what is in flight is
   * answered, or at the deadline.
   */
  drain(): Promise<void>
}

/**
 * Makes a service of a bundle: every file checked, every graph run once, so that the first answer is as fast as the rest.
 *
 * @throws VeilrecError `BUNDLE_NOT_FOUND`, `BUNDLE_CORRUPT`, `FORMAT_TOO_NEW`, `CONFIG_INVALID`, `RUNTIME_FAILED`.
 * @example
 * const service = await createService({ bundle: 'films.bundle', config: { port: 8080 } })
 * await service.listen()
 */
export async function createService(request: ServiceRequest): Promise<Service> {
  const config = parseServiceConfig(request.config ?? {})
  const bundle = await readBundle(request.bundle)
  const { manifest } = bundle.model
  const served = servedBy(manifest)
  checkDefaults(config, served)
  const cache = new VectorCache(config.cacheBytes)
  const capabilities = capabilitiesOf(bundle, served, config)
  const parameters = parametersOf(bundle, served, config)
  const { version, digest } = capabilities.model
  const metrics = serviceMetrics({
    waiting: () => pool.waiting,
    cacheBytes: () => cache.bytes,
    model: { version, digest },
  })
  let logger: FastifyInstance['log'] | undefined = undefined
  const pool = await RankPool.start(bundle.model, {
    workers: config.workers,
    batchRows: config.batchRows,
    queue: config.limits.queue,
    onBatch: (rows) => metrics.batch(rows),
    onRestart(code, pause) {
      metrics.restarted()
      // The code alone: a message could quote what the thread was working on.
      logger?.error({ code, pause_ms: pause }, 'a ranking thread ended')
    },
  })
  const context = { bundle, index: catalogueIndex(bundle), served, config }
  const lists = new ListMaker({ ...context, pool, cache, metrics, parametersVersion: parameters.version })
  let isStopping = false
  const isReady = (): boolean => !isStopping && pool.isReady
  const app = await createApp(
    { lists, capabilities, parameters, isReady, metrics },
    {
      bodyBytes: config.limits.bodyBytes,
      onAnswer: (route, status, seconds) => metrics.answered(route, status, seconds),
      isStopping: () => isStopping,
      ...(request.log && { log: request.log }),
    },
  ).catch(async (error: unknown) => {
    await pool.close()
    throw error
  })
  logger = app.log
  return {
    digest,
    app,
    async listen() {
      try {
        await app.listen({ host: config.host, port: config.port })
      } catch (error) {
        if (!(error instanceof Error) || !('syscall' in error)) throw error
        throw new VeilrecError(
          'INVALID_ARGUMENT',
          `cannot listen at ${config.host}:${config.port}: ${error.message}`,
        )
      }
      const { address, port, family } = app.server.address() as AddressInfo
      return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    },
    async drain() {
      isStopping = true
      const { graceSeconds, deadlineSeconds } = config.drain
      if (app.server.listening) await wait(graceSeconds * 1000)
      const deadline = new AbortController()
      const closed = app.close()
      await Promise.race([
        closed.then(() => deadline.abort()),
        wait(deadlineSeconds * 1000, undefined, { signal: deadline.signal }).catch(() => undefined),
      ])
      app.server.closeAllConnections()
      await closed
      await pool.close()
    },
  }
}

/** What is applied to everybody must be something that the bundle serves. */
function checkDefaults(
  { defaults, unaudited }: ReturnType<typeof parseServiceConfig>,
  served: ReturnType<typeof servedBy>,
): void {
  try {
    const { fallbackReason } = resolveSwitches({ hide: [], mode: 'profiled' }, defaults, unaudited, served)
    if (fallbackReason === null) {
      const unknown = defaults.hide.find((name) => !served.attributes.includes(name))
      if (unknown === undefined) return
    }
  } catch (error) {
    if (!(error instanceof VeilrecError)) throw error
  }
  throw new VeilrecError(
    'CONFIG_INVALID',
    'service settings: defaults.hide is nothing that this bundle can hide by the policy "unaudited"',
    { attributes: served.attributes, unaudited },
    'Audit the veil and make the bundle again, or set unaudited to serve_flagged.',
  )
}
