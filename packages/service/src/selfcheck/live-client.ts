import { VeilrecError } from '@veilrec/core'
import type { z } from 'zod'

import { capabilitiesSchema, type Capabilities } from '../api/capabilities.js'
import { problemSchema, type Problem } from '../api/problem.js'
import { recommendationResponseSchema, type RecommendationResponse } from '../api/recommendation-response.js'

/** An answer as a self-check looks at it. */
export interface LiveAnswer {
  readonly status: number
  /** Where the answer is a list. */
  readonly list: RecommendationResponse | undefined
  /** Where it is a problem. */
  readonly problem: Problem | undefined
}

/** A running service as seen by a stranger. */
export class LiveClient {
  readonly #url: string
  readonly #signal: AbortSignal | undefined

  /** @param url such as `http://127.0.0.1:8080`. */
  constructor(url: string, signal?: AbortSignal) {
    this.#url = url.replace(/\/+$/, '')
    this.#signal = signal
  }

  /** What the service says it can be asked for. */
  async capabilities(): Promise<Capabilities> {
    const parsed = capabilitiesSchema.safeParse(
      await (await this.#fetch('/v1/capabilities')).json().catch(() => null),
    )
    if (parsed.success) return parsed.data
    throw new VeilrecError(
      'SELF_CHECK_FAILED',
      `${this.#url}/v1/capabilities is not what a Veilrec service answers`,
    )
  }

  /** Asks for a list with any body. */
  async recommend(body: unknown): Promise<LiveAnswer> {
    const answer = await this.#fetch('/v1/recommendations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const content: unknown = await answer.json().catch(() => null)
    const isProblem = answer.headers.get('content-type')?.startsWith('application/problem+json') === true
    return {
      status: answer.status,
      list: known(recommendationResponseSchema, answer.status === 200 ? content : undefined),
      problem: known(problemSchema, isProblem ? content : undefined),
    }
  }

  async #fetch(path: string, init: RequestInit = {}): Promise<Response> {
    try {
      return await fetch(this.#url + path, { ...init, ...(this.#signal && { signal: this.#signal }) })
    } catch (error) {
      if (this.#signal?.aborted === true) throw new VeilrecError('ABORTED', 'stopped on request')
      const { cause, message } = error as Error
      const reason = cause instanceof Error ? cause.message : message
      throw new VeilrecError(
        'SELF_CHECK_FAILED',
        `${this.#url}${path} gives no answer: ${reason}`,
        { url: this.#url },
        'Start the service with "veilrec serve BUNDLE", and give the address that it prints.',
      )
    }
  }
}

function known<T>(schema: z.ZodType<T>, content: unknown): T | undefined {
  const parsed = schema.safeParse(content)
  return parsed.success ? parsed.data : undefined
}
