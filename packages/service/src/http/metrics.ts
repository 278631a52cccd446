import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

import { fallbackReasons, type Applied, type FallbackReason } from '../api/recommendation-response.js'
import { modes } from '../api/recommendation-request.js'

/** What the gauges are read from when somebody asks. */
export interface MetricSources {
  readonly waiting: () => number
  readonly cacheBytes: () => number
  readonly model: { readonly version: string; readonly digest: string }
}

/**
 * What the service counts, in the text form of Prometheus. No label holds a user, an item, an attribute or what was hidden:
 * that somebody hid something is itself about that person.
 */
export interface ServiceMetrics {
  readonly contentType: string
  render(): Promise<string>
  answered(route: string, status: number, seconds: number): void
  recommended(applied: Pick<Applied, 'mode' | 'fallback_reason'>): void
  batch(rows: number): void
  cached(isHit: boolean): void
  restarted(): void
}

/** The metrics of one service. */
export function serviceMetrics({ waiting, cacheBytes, model }: MetricSources): ServiceMetrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const seconds = new Histogram({
    name: 'veilrec_http_request_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2],
    registers,
  })
  const recommendations = new Counter({
    name: 'veilrec_requests_by_mode_total',
    help: 'Lists that were made, by what was applied',
    labelNames: ['mode'],
    registers,
  })
  const fallbacks = new Counter({
    name: 'veilrec_fallback_total',
    help: 'Lists that were non-profiled although a profiled one was asked for',
    labelNames: ['reason'],
    registers,
  })
  const batches = new Histogram({
    name: 'veilrec_batch_rows',
    help: 'Lists that were made together',
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  })
  const lookups = new Counter({
    name: 'veilrec_vector_cache_lookups_total',
    help: 'Look-ups of vectors of known users',
    labelNames: ['result'],
    registers,
  })
  const restarts = new Counter({
    name: 'veilrec_rank_thread_restarts_total',
    help: 'Threads that make lists and ended, each replaced by another',
    registers,
  })
  new Gauge({
    name: 'veilrec_queue_rows',
    help: 'Lists that wait',
    registers,
    collect() {
      this.set(waiting())
    },
  })
  new Gauge({
    name: 'veilrec_vector_cache_bytes',
    help: 'Memory of the vectors of known users',
    registers,
    collect() {
      this.set(cacheBytes())
    },
  })
  new Gauge({
    name: 'veilrec_model_info',
    help: 'The model that serves',
    labelNames: ['version', 'digest'],
    registers,
  }).set(model, 1)
  for (const mode of modes) recommendations.inc({ mode }, 0)
  for (const reason of fallbackReasons) fallbacks.inc({ reason }, 0)
  return {
    contentType: register.contentType,
    render: () => register.metrics(),
    answered: (route, status, time) => seconds.observe({ route, status: String(status) }, time),
    recommended({ mode, fallback_reason: reason }) {
      recommendations.inc({ mode })
      if (reason !== null) fallbacks.inc({ reason: reason satisfies FallbackReason })
    },
    batch: (rows) => batches.observe(rows),
    cached: (isHit) => lookups.inc({ result: isHit ? 'hit' : 'miss' }),
    restarted: () => restarts.inc(),
  }
}
