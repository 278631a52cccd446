/** A figure with its 95 % interval. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** What the audit found for one requirement; a part that was not measured is null. */
export interface AuditedRequirement {
  /** Whether only small attackers were tried. */
  readonly isQuick: boolean
  /** AUC of the best attack on a hidden attribute, 0.5 is guessing. */
  readonly worstHidden: Estimate | null
  /** Whether the upper bound is within the margin of guessing that the audit set itself. */
  readonly atChance: boolean
  /** NDCG@10 behind the veil minus without it, in shares of that without: -0.04 for 4 % worse. */
  readonly accuracyChange: Estimate | null
}

/** One set of attributes that the service can hide together. */
export interface OfferedRequirement {
  readonly hide: readonly string[]
  readonly audited: boolean
  readonly audit: AuditedRequirement | null
}

/** The parts of `GET /v1/capabilities` that the control needs. */
export interface Capabilities {
  readonly attributes: readonly string[]
  readonly requirements: readonly OfferedRequirement[]
  /** Most items that a request may ask for; null where the service does not say. */
  readonly maxItems: number | null
}

/** One recommended item; without a title its id is shown. */
export interface RecommendedItem {
  readonly id: string
  readonly title: string | null
}

/** The parts of an answer to `POST /v1/recommendations` that the page shows. */
export interface Recommendations {
  readonly items: readonly RecommendedItem[]
  readonly mode: string
  readonly hide: readonly string[]
  readonly degraded: boolean
  readonly fallbackReason: string | null
}

/** An answer that does not have the form the API promises; the message names the field. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
}

/**
 * Reads `GET /v1/capabilities`. Unknown fields are left alone: an API may add some.
 *
 * @throws {UnexpectedAnswer} where a field is missing or of another type.
 */
export function parseCapabilities(answer: unknown): Capabilities {
  const { attributes, requirements, limits } = record(answer, 'the answer')
  const maxItems = limits === undefined ? undefined : record(limits, 'limits')['k']
  return {
    attributes: list(attributes, 'attributes').map((one) => text(record(one, 'attributes')['name'], 'name')),
    requirements: list(requirements, 'requirements').map((one) => parseRequirement(one)),
    maxItems: typeof maxItems === 'number' ? maxItems : null,
  }
}

/**
 * Reads the answer to `POST /v1/recommendations`.
 *
 * @throws {UnexpectedAnswer} where a field is missing or of another type.
 */
export function parseRecommendations(answer: unknown): Recommendations {
  const { items, applied } = record(answer, 'the answer')
  const { mode, hide, degraded, fallback_reason: reason } = record(applied, 'applied')
  return {
    items: list(items, 'items').map((one) => {
      const { id, title } = record(one, 'items')
      return { id: text(id, 'items.id'), title: typeof title === 'string' && title !== '' ? title : null }
    }),
    mode: text(mode, 'applied.mode'),
    hide: texts(hide, 'applied.hide'),
    degraded: degraded === true,
    fallbackReason: typeof reason === 'string' ? reason : null,
  }
}

function parseRequirement(value: unknown): OfferedRequirement {
  const { hide, audited, audit } = record(value, 'requirements')
  return {
    hide: texts(hide, 'requirements.hide'),
    // Only a plain yes counts: a claim about leakage is never made from half an answer.
    audited: audited === true,
    audit: audited === true && isRecord(audit) ? parseAudit(audit) : null,
  }
}

function parseAudit(audit: Readonly<Record<string, unknown>>): AuditedRequirement {
  const { kind, worst_hidden_auc: worst, at_chance: atChance, ndcg_change: change, ndcg_base: base } = audit
  const isComparable = isFinite(base) && base > 0
  return {
    isQuick: kind !== 'full',
    worstHidden: estimate(worst, 1),
    atChance: atChance === true,
    accuracyChange: isComparable ? estimate(change, 1 / base) : null,
  }
}

/** Null where a part is missing: a figure without its interval is not shown. */
function estimate(value: unknown, scale: number): Estimate | null {
  if (!isRecord(value)) return null
  const { value: middle, low, high } = value
  return isFinite(middle) && isFinite(low) && isFinite(high)
    ? { value: middle * scale, low: low * scale, high: high * scale }
    : null
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new UnexpectedAnswer(`${where} is not an object`)
  return value
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnexpectedAnswer(`${where} is not a list`)
  return value
}

function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new UnexpectedAnswer(`${where} is not a text`)
  return value
}

function texts(value: unknown, where: string): string[] {
  return list(value, where).map((one) => text(one, where))
}
