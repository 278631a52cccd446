import { schemaProblems, suggestKey, VeilrecError } from '@veilrec/core'
import type { z } from 'zod'

/**
 * Checks options against their schema and fills in the defaults.
 *
 * @param what named in the message, such as `options of the source "ml-1m"`
 * @throws VeilrecError `INVALID_ARGUMENT` naming every option that is wrong, and the nearest name for an unknown one
 */
export function parseOptions<S extends z.ZodType>(schema: S, options: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const problems = schemaProblems(parsed.error)
  const texts = problems.map(({ path, key, message }) =>
    [[...path, ...(key === undefined ? [] : [key])].join('.'), message]
      .filter((part) => part !== '')
      .join(': '),
  )
  throw new VeilrecError(
    'INVALID_ARGUMENT',
    `${what}: ${texts.join('; ')}`,
    { problems: texts },
    suggestKey(schema, problems),
  )
}
