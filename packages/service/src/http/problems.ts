import { closest, schemaProblems, VeilrecError, type ErrorCode } from '@veilrec/core'
import { z } from 'zod'

import type { Problem } from '../api/problem.js'

/** Status of each code that a request can end with; any other is 500. */
const statuses: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  ROUTE_NOT_FOUND: 404,
  REQUEST_TOO_LARGE: 413,
  ITEM_NOT_FOUND: 422,
  FILTER_UNKNOWN: 422,
  ATTRIBUTE_UNKNOWN: 422,
  REQUIREMENT_UNAUDITED: 422,
  SERVICE_OVERLOADED: 503,
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Anything thrown as a problem. What was sent is repeated in none of its parts, and of our own errors nothing is told but that. */
export function problemOf(thrown: unknown, requestId: string): Problem {
  const error = VeilrecError.from(thrown)
  const status = statuses[error.code] ?? 500
  const known = status !== 500
  const details = z
    .object({
      errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
      supported: z.array(z.string()).optional(),
    })
    .safeParse(error.details)
  const { errors, supported } = known && details.success ? details.data : {}
  return {
    type: `urn:veilrec:error:${known ? error.code : 'INTERNAL'}`,
    title: titles[status] ?? 'Error',
    status,
    detail: known
      ? [error.message, error.hint].filter(Boolean).join('. ')
      : 'the service failed; the log has more',
    code: known ? error.code : 'INTERNAL',
    request_id: requestId,
    ...(errors && { errors }),
    ...(supported && { supported }),
  }
}

/** Errors of HTTP itself, by the codes of the framework; undefined for any other. */
export function httpError(thrown: unknown): VeilrecError | undefined {
  const { code, statusCode } = (thrown ?? {}) as { readonly code?: unknown; readonly statusCode?: unknown }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new VeilrecError('REQUEST_TOO_LARGE', 'the request is larger than this service takes')
  }
  if (typeof statusCode !== 'number' || statusCode >= 500 || statusCode < 400) return undefined
  return new VeilrecError('REQUEST_INVALID', 'the request is not JSON of content type application/json')
}

/** What a schema has against a body: where, and which fields there are instead of an unknown one. Nothing of the body is repeated. */
export function bodyError(schema: z.ZodType, error: z.core.$ZodError): VeilrecError {
  const json = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const errors = schemaProblems(error).map(({ path, key, message }) => {
    const pointer = path
      .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('')
    if (key === undefined) return { pointer: safePointer(path, pointer), detail: message }
    const fields = fieldsAt(json, path)
    const meant = closest(key, fields)
    const detail = `unknown field; ${meant === undefined ? `there are ${fields.join(', ')}` : `did you mean ${meant}?`}`
    return { pointer: safePointer(path, pointer), detail }
  })
  return new VeilrecError('REQUEST_INVALID', 'the request does not have the form that the service takes', {
    errors: errors.slice(0, 20),
  })
}

interface JsonSchema {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly allOf?: readonly JsonSchema[]
  readonly anyOf?: readonly JsonSchema[]
}

/** Fields of the object at a path. */
function fieldsAt(root: JsonSchema, path: readonly PropertyKey[]): string[] {
  const open = (schema: JsonSchema): JsonSchema[] => {
    const target = schema.$ref?.replace('#/$defs/', '')
    const below = [...(schema.allOf ?? []), ...(schema.anyOf ?? [])]
    const referred = target === undefined ? undefined : root.$defs?.[target]
    return [schema, ...(referred === undefined ? [] : open(referred)), ...below.flatMap(open)]
  }
  let schemas = open(root)
  for (const step of path) {
    schemas = schemas
      .flatMap(({ properties, items }) => (typeof step === 'number' ? [items] : [properties?.[String(step)]]))
      .flatMap((schema) => (schema === undefined ? [] : open(schema)))
  }
  return [...new Set(schemas.flatMap(({ properties }) => Object.keys(properties ?? {})))]
}

/** A pointer without the names of properties that a client made up. */
function safePointer(path: readonly PropertyKey[], pointer: string): string {
  const at = path.indexOf('properties')
  return at < 0
    ? pointer
    : pointer
        .split('/')
        .slice(0, at + 2)
        .join('/')
}
