import { Rng, VeilrecError } from '@veilrec/core'
import { BundleRecommender, selfCheckResult, type SelfCheck, type SelfCheckResult } from '@veilrec/runtime'

import type { Capabilities } from '../api/capabilities.js'
import { LiveClient, type LiveAnswer } from './live-client.js'

/** What {@link selfCheckService} is asked to do. */
export interface SelfCheckServiceRequest {
  /** Address of a running service. */
  readonly url: string
  /** Folder of the bundle that it serves; without it nobody can tell whether its lists are right. */
  readonly bundle?: string
  /** Whole number from which the histories of the check follow; default 1. */
  readonly seed?: number
  readonly signal?: AbortSignal
}

/** What the checks ask with. */
interface CheckContext {
  readonly client: LiveClient
  readonly capabilities: Capabilities
  /** Ids of items, in the order of the list for everybody. */
  readonly items: readonly string[]
  readonly request: SelfCheckServiceRequest
}

const compared = 24

/**
 * Checks a running service from outside, by what it answers: that a list without a profile is the same for everybody, that a typo, an
 * unknown attribute and a value are refused, that it fails closed, and that its lists are those of the bundle. It leaves nothing behind.
 *
 * @throws VeilrecError `SELF_CHECK_FAILED` when nothing answers as a service does; `BUNDLE_NOT_FOUND`, `BUNDLE_CORRUPT`; `ABORTED`.
 * @example
 * const { passed } = await selfCheckService({ url: 'http://127.0.0.1:8080', bundle: 'films.bundle' })
 */
export async function selfCheckService(request: SelfCheckServiceRequest): Promise<SelfCheckResult> {
  const client = new LiveClient(request.url, request.signal)
  const capabilities = await client.capabilities()
  const k = Math.min(20, capabilities.limits.k)
  const { list } = await client.recommend({ k, requirements: { mode: 'non_profiled' } })
  if (list === undefined || list.items.length < 2) {
    throw new VeilrecError('SELF_CHECK_FAILED', `${request.url} gives no list for everybody to begin with`)
  }
  const context = { client, capabilities, items: list.items.map(({ id }) => id), request }
  return selfCheckResult(request.url, [
    await sameForEverybody(context),
    await failsClosed(context),
    await refusesTypos(context),
    await refusesUnknownAttributes(context),
    await refusesValues(context),
    await equalsOffline(context),
  ])
}

async function sameForEverybody({ client, capabilities, items }: CheckContext): Promise<SelfCheck> {
  const half = Math.ceil(items.length / 2)
  const people = [
    {},
    { user: { id: 'selfcheck-a' }, history: items.slice(0, half) },
    { user: { id: 'selfcheck-b' }, history: items.slice(half).reverse(), filters: { exclude_seen: false } },
  ]
  const hide = capabilities.attributes.slice(0, 1).map(({ name }) => name)
  const problems: string[] = []
  for (const choice of [{ k: items.length }, { k: 3, candidates: items.slice(1), seed: 7 }]) {
    const lists = new Set<string>()
    for (const person of people) {
      for (const hidden of [[], hide]) {
        const answer = await client.recommend({
          ...person,
          ...choice,
          requirements: { mode: 'non_profiled', hide: hidden },
        })
        if (answer.list === undefined) problems.push(`an answer of status ${answer.status}`)
        else if (answer.list.applied.mode !== 'non_profiled') problems.push('a list that says it is profiled')
        else if ('history' in person && !answer.list.applied.ignored.includes('history')) {
          problems.push('a history that is not said to be ignored')
        }
        lists.add(JSON.stringify(idsOf(answer)))
      }
    }
    if (lists.size !== 1) problems.push(`${lists.size} different lists where there should be one`)
  }
  return check(
    'non-profiled-invariance',
    problems,
    'the list without a profile is the same for two users and for nobody, with any history',
  )
}

async function failsClosed({ client, items }: CheckContext): Promise<SelfCheck> {
  const answer = await client.recommend({
    k: items.length,
    user: { id: 'selfcheck-nobody' },
    requirements: {},
  })
  const problems: string[] = []
  if (JSON.stringify(idsOf(answer)) !== JSON.stringify(items))
    problems.push('another list than the one for everybody')
  const applied = answer.list?.applied
  if (applied?.mode === 'profiled' || (applied?.mode_source === 'fallback' && !applied.degraded)) {
    problems.push('an answer that does not say that it is degraded')
  }
  return check(
    'fail-closed',
    problems,
    'somebody without a history gets the list for everybody, and is told so',
  )
}

async function refusesTypos({ client }: CheckContext): Promise<SelfCheck> {
  const bodies = [
    { requirements: { hdie: [] } },
    { requirements: { hide: [], moed: 'non_profiled' } },
    { requirements: { mode: 'nonprofiled' } },
    { requirments: {} },
    { filters: { exclude_sen: false } },
  ]
  const problems = await refused(client, bodies, 400)
  return check('typo-refused', problems, 'misspelt switches are refused with 400')
}

async function refusesUnknownAttributes({ client, capabilities }: CheckContext): Promise<SelfCheck> {
  const answer = await client.recommend({ requirements: { hide: ['selfcheck-no-such-attribute'] } })
  const problems: string[] = []
  if (answer.status !== 422) problems.push(`status ${answer.status} instead of 422`)
  const names = capabilities.attributes.map(({ name }) => name)
  if (answer.problem?.supported?.join('\n') !== names.join('\n'))
    problems.push('no list of the attributes there are')
  return check(
    'unknown-attribute-refused',
    problems,
    'an unknown attribute is refused with 422 and the list of those there are',
  )
}

async function refusesValues({ client, capabilities, items }: CheckContext): Promise<SelfCheck> {
  const [attribute = { name: 'gender' }] = capabilities.attributes
  const { name } = attribute
  const history = items.slice(0, 2)
  const bodies = [
    { history, [name]: 'x' },
    { history, user: { id: 'selfcheck-a', [name]: 'x' } },
    { history, requirements: { [name]: 'x' } },
    { history, requirements: { hide: [{ name, value: 'x' }] } },
    { history, filters: { [name]: 'x' } },
    ...(capabilities.attributes.length === 0 ? [] : [{ history, requirements: { hide: [`${name}=x`] } }]),
  ]
  const problems = await refused(client, bodies, 400)
  return check(
    'value-refused',
    problems,
    'a value of an attribute is refused with 400 wherever a request has place for one',
  )
}

async function equalsOffline(context: CheckContext): Promise<SelfCheck> {
  const { capabilities, request } = context
  const name = 'equals-offline'
  if (request.bundle === undefined) {
    return { name, passed: null, detail: 'not looked at, because no bundle was given to compare with' }
  }
  const offline = await BundleRecommender.load(request.bundle)
  try {
    const digest = `sha256:${offline.digest}`
    if (digest !== capabilities.model.digest) {
      const detail = `the service has another bundle, ${capabilities.model.digest}, not ${digest}`
      return { name, passed: false, detail }
    }
    const problems = await comparedLists(offline, context)
    return check(name, problems, 'its lists are those of the bundle, item by item')
  } finally {
    await offline.release()
  }
}

/** Lists of drawn histories under every requirement, each beside what the bundle recommends without a server. */
async function comparedLists(
  offline: BundleRecommender,
  { client, capabilities, request }: CheckContext,
): Promise<string[]> {
  const rng = Rng.fromSeed(request.seed ?? 1)
  const { limits } = capabilities
  const requirements = [[], ...capabilities.requirements.map(({ hide }) => hide)]
  const problems: string[] = []
  for (let n = 0; n < Math.max(compared, requirements.length); n++) {
    const length = 1 + rng.int(Math.min(limits.history, 2 * limits.history_used))
    const history = Array.from({ length }, () => offline.itemIds[1 + rng.int(offline.itemIds.length - 1)]!)
    const hide = requirements[n % requirements.length]!
    const top = Math.min(10, limits.k)
    const answer = await client.recommend({ k: top, history, requirements: { hide } })
    const applied = answer.list?.applied.hide ?? []
    const isAsAsked =
      answer.list?.applied.mode === 'profiled' && hide.every((asked) => applied.includes(asked))
    if (!isAsAsked)
      problems.push(`hiding ${hide.join(', ') || 'nothing'}: status ${answer.status}, not the requirement`)
    const { base, veiled } = await offline.recommend({ history, veil: applied, top })
    const expected = (veiled ?? base).map(({ item }) => item)
    if (JSON.stringify(idsOf(answer)) !== JSON.stringify(expected)) {
      problems.push(`hiding ${hide.join(', ') || 'nothing'}: another list than the bundle gives`)
    }
  }
  return problems
}

async function refused(client: LiveClient, bodies: readonly object[], status: number): Promise<string[]> {
  const problems: string[] = []
  for (const body of bodies) {
    const answer = await client.recommend(body)
    if (answer.status === status && answer.problem !== undefined) continue
    problems.push(`${JSON.stringify(body)}: status ${answer.status} instead of ${status} with a problem`)
  }
  return problems
}

function idsOf({ list }: LiveAnswer): string[] | undefined {
  return list?.items.map(({ id }) => id)
}

function check(name: string, problems: readonly string[], promise: string): SelfCheck {
  const passed = problems.length === 0
  return { name, passed, detail: passed ? promise : [...new Set(problems)].slice(0, 3).join('; ') }
}
