import { parseCapabilities, parseRecommendations, UnexpectedAnswer } from './service-answers.js'
import type { Capabilities, Recommendations } from './service-answers.js'

/** What a person asks of the recommender: the names of what it must not know, and whether it may profile at all. */
export interface Preference {
  readonly hide: readonly string[]
  readonly mode: 'profiled' | 'non_profiled'
}

/** Why the service gave no usable answer, as a reason that texts exist for; `detail` is the service's own sentence. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure'

  constructor(
    readonly reason: 'unreachable' | 'slow' | 'refused' | 'unexpected',
    readonly detail: string,
  ) {
    super(`${reason}: ${detail}`)
  }
}

/** How long the service may take before it counts as not answering. */
const patienceMs = 10_000

/**
 * An address of the API below the base address that the page gave, itself relative to the page; '' is the page's own
 * origin.
 *
 * @throws {ServiceFailure} for anything but http and https, such as a `javascript:` address in an attribute.
 *
 * @example
 * serviceUrl('/recs', 'v1/capabilities').href // 'https://shop.example/recs/v1/capabilities'
 */
export function serviceUrl(endpoint: string, path: string): URL {
  const address = endpoint === '' ? '/' : endpoint
  const base = URL.canParse(address, document.baseURI) ? new URL(address, document.baseURI) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new ServiceFailure('unreachable', `not an address of a service: ${endpoint}`)
  }
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return new URL(path, base)
}

/**
 * Asks the service what it can hide.
 *
 * @throws {ServiceFailure}
 */
export async function readCapabilities(endpoint: string, signal: AbortSignal): Promise<Capabilities> {
  return ask(serviceUrl(endpoint, 'v1/capabilities'), {}, signal, parseCapabilities)
}

/**
 * The list for one history under one preference. Not profiled, no history is sent.
 *
 * @param history item ids, oldest first.
 * @throws {ServiceFailure}
 */
export async function readRecommendations(
  endpoint: string,
  request: { readonly history: readonly string[]; readonly k: number; readonly requirements: Preference },
  signal: AbortSignal,
): Promise<Recommendations> {
  const { history, k, requirements } = request
  const body = requirements.mode === 'profiled' ? { history, k, requirements } : { k, requirements }
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
  return ask(serviceUrl(endpoint, 'v1/recommendations'), init, signal, parseRecommendations)
}

async function ask<Answer>(
  url: URL,
  init: RequestInit,
  signal: AbortSignal,
  parse: (answer: unknown) => Answer,
): Promise<Answer> {
  try {
    const response = await fetch(url, {
      ...init,
      signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (!response.ok) throw new ServiceFailure('refused', problemText(response, answer))
    return parse(answer)
  } catch (error) {
    if (error instanceof ServiceFailure || signal.aborted) throw error
    if (error instanceof UnexpectedAnswer) throw new ServiceFailure('unexpected', error.message)
    const isSlow = error instanceof DOMException && error.name === 'TimeoutError'
    throw new ServiceFailure(isSlow ? 'slow' : 'unreachable', String(error))
  }
}

/** The sentence of an RFC 9457 problem, or the status where there is none. */
function problemText({ status }: Response, answer: unknown): string {
  const { detail, title } = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<
    string,
    unknown
  >
  const sentence = [detail, title].find((one) => typeof one === 'string' && one !== '')
  return typeof sentence === 'string' ? `${sentence} (${status})` : `HTTP ${status}`
}
