import { readFile } from 'node:fs/promises'
import { VeilrecError, type SchemaProblem } from '@veilrec/core'
import { yamlOffset } from '@veilrec/data'
import { LineCounter, parse, parseDocument, type Document } from 'yaml'

/** Where settings come from. */
export interface SettingSources {
  /** A YAML file. */
  readonly file?: string
  /** Single settings, `a.b=value` with the value in YAML; they win over the file. */
  readonly set?: readonly string[]
}

/** What is wrong with settings, and a hint for the first of it. */
export interface SettingProblems {
  readonly problems: readonly SchemaProblem[]
  readonly hint?: string | undefined
}

/**
 * Reads settings and checks them.
 *
 * @param check what is wrong with them; `undefined` when nothing is.
 * @returns what was given, without the defaults; `undefined` when there is no source at all.
 * @throws VeilrecError `CONFIG_INVALID` with `file:line:column` (or the `--set`) and path of every problem; `FILE_UNREADABLE`.
 */
export async function readSettings(
  { file, set = [] }: SettingSources,
  check: (settings: unknown) => SettingProblems | undefined,
): Promise<unknown> {
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
  const settings: unknown = document.toJS() ?? {}
  const wrong = check(settings)
  if (wrong === undefined) return settings
  throw invalid(
    wrong.problems.map(({ path, message, key }) => {
      const offset = yamlOffset(document, path, key)
      const dotted = [...path, ...(key === undefined ? [] : [key])].join('.')
      const origin = offset === undefined ? settingOf(set, dotted) : place(offset)
      return { place: origin ?? file ?? 'configuration', message: `${dotted}: ${message}` }
    }),
    wrong.hint,
  )
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
