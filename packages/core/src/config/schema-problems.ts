import { z } from 'zod'

import { closest } from './closest.js'

/** One thing that is wrong with a value, as a schema sees it. */
export interface SchemaProblem {
  /** Where the value stands; of an unknown key, where the object around it stands. */
  readonly path: readonly PropertyKey[]
  /** The key itself, where it is what is wrong. */
  readonly key?: string
  readonly message: string
}

/**
 * The problems that a schema has with a value, one entry per unknown key. Of a union those of the alternative that fits the
 * value's own type, so that a mistake inside an object is named and not the object.
 */
export function schemaProblems(error: z.core.$ZodError): SchemaProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, []))
}

/**
 * What an unknown key most likely meant: a hint for the first of the problems that is one.
 *
 * @returns `undefined` when none of the problems is an unknown key
 */
export function suggestKey(schema: z.ZodType, problems: readonly SchemaProblem[]): string | undefined {
  const unknown = problems.find(({ key }) => key !== undefined)
  if (unknown?.key === undefined) return undefined
  const known = keysAt(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), unknown.path)
  const meant = closest(unknown.key, known)
  return meant === undefined ? `Keys there: ${known.join(', ')}.` : `Did you mean "${meant}"?`
}

function problemsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): SchemaProblem[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path, key, message: 'unknown key' }))
  }
  if (issue.code === 'invalid_union') {
    const misses = (one: z.core.$ZodIssue): boolean => one.code === 'invalid_type' && one.path.length === 0
    const fitting = issue.errors.find((issues) => !issues.some(misses))
    if (fitting !== undefined) return fitting.flatMap((one) => problemsOf(one, path))
    const messages = new Set(issue.errors.flat().map(({ message }) => message))
    const isDefault = issue.message === 'Invalid input'
    return [{ path, message: isDefault ? [...messages].join(', or ') : issue.message }]
  }
  return [{ path, message: issue.message }]
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly additionalProperties?: JsonSchema | boolean
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** Keys that the schema allows at a path; those of all variants of a union. */
function keysAt(root: unknown, path: readonly PropertyKey[]): string[] {
  let schemas = [root as JsonSchema]
  const variants = (one: JsonSchema): JsonSchema[] => [one, ...(one.anyOf ?? []), ...(one.oneOf ?? [])]
  const inside = (one: JsonSchema, step: PropertyKey): JsonSchema[] => {
    const found = one.properties?.[String(step)] ?? one.additionalProperties
    return typeof found === 'object' ? [found] : []
  }
  for (const step of path) schemas = schemas.flatMap(variants).flatMap((one) => inside(one, step))
  return [...new Set(schemas.flatMap(variants).flatMap((one) => Object.keys(one.properties ?? {})))]
}
