import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { schemaProblems, suggestKey, VeilrecError } from '@veilrec/core'
import { LineCounter, parseDocument } from 'yaml'
import { mappingSchema, type Mapping, type MappingInput } from './mapping.js'
import { yamlOffset } from './yaml-offset.js'

/** A mapping that knows where its keys stand. */
export interface LocatedMapping {
  readonly mapping: Mapping
  /** Folder of the mapping's file, to which the files it names are relative; none for a mapping that is an object. */
  readonly folder?: string
  /** `file:line:column: key` of a key or value that is there; only the key for a mapping that is an object. */
  readonly place: (path: readonly string[]) => string
}

/**
 * Checks a mapping: one that was given as an object, or the YAML file at a path.
 *
 * @throws VeilrecError `CONFIG_INVALID` with `file:line:column` of every problem, and the nearest key for an unknown one;
 *   `FILE_UNREADABLE`
 */
export function readMapping(given: string | MappingInput): LocatedMapping {
  if (typeof given !== 'string') return check(given, ({ path }) => `mapping: ${path.join('.')}`)
  const counter = new LineCounter()
  const document = parseDocument(readText(given), { lineCounter: counter, prettyErrors: false })
  const at = (offset: number): string => {
    const { line, col } = counter.linePos(offset)
    return `${given}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    throw invalid(document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`))
  }
  const value: unknown = document.toJS()
  const located = check(value ?? {}, ({ path, key }) => {
    const offset = yamlOffset(document, path, key)
    const dotted = [...path, ...(key === undefined ? [] : [key])].join('.')
    return [at(offset ?? 0), ...(dotted === '' ? [] : [dotted])].join(': ')
  })
  return { ...located, folder: dirname(given) }
}

function check(
  value: unknown,
  placeOf: (problem: { readonly path: readonly PropertyKey[]; readonly key?: string }) => string,
): LocatedMapping {
  const parsed = mappingSchema.safeParse(value)
  if (parsed.success) return { mapping: parsed.data, place: (path) => placeOf({ path }) }
  const problems = schemaProblems(parsed.error)
  throw invalid(
    problems.map((problem) => `${placeOf(problem)}: ${problem.message}`),
    suggestKey(mappingSchema, problems),
  )
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { message } = error as Error
    throw new VeilrecError(
      'FILE_UNREADABLE',
      `${path}: ${message}`,
      { path },
      'check the path of the mapping',
    )
  }
}

function invalid(problems: readonly string[], hint?: string): VeilrecError {
  return new VeilrecError('CONFIG_INVALID', problems.join('\n'), { problems }, hint)
}
