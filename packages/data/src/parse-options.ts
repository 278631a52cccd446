import { VeilrecError } from '@veilrec/core'
import type { z } from 'zod'

/**
 * Checks options against their schema and fills in the defaults.
 *
 * @param what named in the message, such as `options of the source "ml-1m"`
 * @throws VeilrecError `INVALID_ARGUMENT` naming every option that is wrong
 */
export function parseOptions<S extends z.ZodType>(schema: S, options: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  )
  throw new VeilrecError('INVALID_ARGUMENT', `${what}: ${problems.join('; ')}`, { problems })
}
