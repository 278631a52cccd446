import { readFile } from 'node:fs/promises'
import { sasrecSchema, VeilrecError } from '@veilrec/core'
import { isMap, isNode, isScalar, LineCounter, parse, parseDocument, type Document } from 'yaml'
import { z } from 'zod'

import { closest } from './closest.js'
import { trainingSchema } from './training-config.js'

/** Where the settings of a training come from. */
export interface ConfigSources {
  /** A YAML file with the keys `model` and `training`. */
  readonly file?: string
  /** Single settings, `a.b=value` with the value in YAML; they win over the file. */
  readonly set?: readonly string[]
}

const schema = z.strictObject({ model: sasrecSchema.optional(), training: trainingSchema.optional() })

/**
 * Reads and checks the settings of a training.
 *
 * @returns what was given, without the defaults: input of `train`; `undefined` when there is no source at all.
 * @throws VeilrecError `CONFIG_INVALID` with `file:line:column` (or the `--set`) and path of every problem, and the
 * nearest key for an unknown one; `FILE_UNREADABLE`.
 * @example
 * await readConfig({ file: 'sasrec.yaml', set: ['model.hiddenSize=64'] })
 */
export async function readConfig({ file, set = [] }: ConfigSources): Promise<unknown> {
  if (file === undefined && set.length === 0) return undefined
  const lines = new LineCounter()
  const text = file === undefined ? '' : await readText(file)
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ pos, message }) => ({ place: place(pos[0]), message })))
  }
  for (const setting of set) applySetting(document, setting)
  const config: unknown = document.toJS() ?? {}
  const parsed = schema.safeParse(config)
  if (parsed.success) return config
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue))
  throw invalid(
    problems.map(({ path, message, key }) => {
      const offset = offsetOf(document, path, key)
      const dotted = [...path, ...(key === undefined ? [] : [key])].join('.')
      const origin = offset === undefined ? settingOf(set, dotted) : place(offset)
      return { place: origin ?? file ?? 'configuration', message: `${dotted}: ${message}` }
    }),
    suggestion(problems),
  )
}

interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** The key itself, where it is what is wrong. */
  readonly key?: string
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }]
  return issue.keys.map((key) => ({ path: issue.path, key, message: 'unknown key' }))
}

/** Sets one path of the document; nodes made here have no place in a file. */
function applySetting(document: Document, setting: string): void {
  const equals = setting.indexOf('=')
  const path = setting.slice(0, Math.max(0, equals)).split('.')
  if (equals < 1 || path.includes('')) {
    throw invalid(
      [{ place: `--set ${setting}`, message: 'not of the form a.b=value' }],
      'Write for example --set model.hiddenSize=64.',
    )
  }
  try {
    document.setIn(path, document.createNode(parse(setting.slice(equals + 1))))
  } catch (error) {
    throw invalid([{ place: `--set ${setting}`, message: (error as Error).message.split('\n')[0]! }])
  }
}

/** The setting that made the value at a path, as the user typed it. */
function settingOf(set: readonly string[], dotted: string): string | undefined {
  const found = set.find((setting) => {
    const path = setting.slice(0, setting.indexOf('='))
    return path === dotted || dotted.startsWith(`${path}.`) || path.startsWith(`${dotted}.`)
  })
  return found === undefined ? undefined : `--set ${found}`
}

/** Offset of a value or key in the file; of the nearest value around it where it is missing; none for a `--set`. */
function offsetOf(
  document: Document,
  path: readonly PropertyKey[],
  key: string | undefined,
): number | undefined {
  const node = path.length === 0 ? document.contents : document.getIn(path, true)
  if (key !== undefined && isMap(node)) {
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
  }
  if (isNode(node)) return node.range?.[0]
  return path.length === 0 ? undefined : offsetOf(document, path.slice(0, -1), undefined)
}

/** The key that the first unknown one most likely meant. */
function suggestion(problems: readonly Problem[]): string | undefined {
  for (const { path, key } of problems) {
    if (key === undefined) continue
    const known = keysAt(z.toJSONSchema(schema, { io: 'input' }), path)
    const meant = closest(key, known)
    return meant === undefined ? `Keys there: ${known.join(', ')}.` : `Did you mean "${meant}"?`
  }
  return undefined
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
}

/** Keys that the schema allows at a path; those of all variants of a union. */
function keysAt(root: unknown, path: readonly PropertyKey[]): string[] {
  let schemas = [root as JsonSchema]
  const variants = (one: JsonSchema): JsonSchema[] => [one, ...(one.anyOf ?? []), ...(one.oneOf ?? [])]
  for (const step of path)
    schemas = schemas.flatMap(variants).flatMap((one) => one.properties?.[String(step)] ?? [])
  return [...new Set(schemas.flatMap(variants).flatMap((one) => Object.keys(one.properties ?? {})))]
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new VeilrecError(
      'FILE_UNREADABLE',
      `${file}: ${(error as Error).message}`,
      { file },
      'Check --config.',
    )
  }
}

function invalid(
  problems: readonly { readonly place: string; readonly message: string }[],
  hint?: string,
): VeilrecError {
  const lines = problems.map(({ place, message }) => `${place}: ${message}`)
  return new VeilrecError('CONFIG_INVALID', lines.join('\n'), { problems }, hint)
}
