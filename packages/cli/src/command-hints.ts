import { VeilrecError, type ErrorCode } from '@veilrec/core'

/** What to type about an error of the library, by its code. */
export type CommandHints = Partial<Record<ErrorCode, (error: VeilrecError) => string | undefined>>

/**
 * Does the work on a data set, and gives errors of the library, which knows nothing of commands, a hint that says what to
 * type.
 *
 * @param name of the data set
 * @param special hints of this command, which win
 */
export async function withCommandHints<T>(
  name: string,
  work: () => Promise<T>,
  special: CommandHints = {},
): Promise<T> {
  const hints: CommandHints = {
    DATASET_EXISTS: () => `Choose another name, or remove that one first: veilrec data rm ${name}`,
    DATASET_NOT_FOUND: () => 'See what there is with "veilrec data list"; "veilrec data add NAME" adds one.',
    DATASET_CORRUPT: () => `Remove it with "veilrec data rm ${name} --force" and add it again.`,
    DATASET_IN_USE: () => `Remove it all the same with "veilrec data rm ${name} --force".`,
    ...special,
  }
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof VeilrecError)) throw error
    const hint = hints[error.code]?.(error)
    throw hint === undefined ? error : new VeilrecError(error.code, error.message, error.details, hint)
  }
}
