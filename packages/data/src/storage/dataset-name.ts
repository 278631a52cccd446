import { join } from 'node:path'
import { VeilrecError } from '@veilrec/core'

/**
 * Folder of a data set in a home, whether it is there or not.
 *
 * @param name 1 to 64 of `a-z A-Z 0-9 . _ -`, starting with a letter or digit, ending in neither dot nor a name that
 *   Windows reserves, so that it is a folder name on every platform and never leaves the home
 * @throws VeilrecError `INVALID_ARGUMENT` for any other name
 */
export function datasetFolder(home: string, name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name) || name.endsWith('.') || reserved.test(name)) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `${JSON.stringify(name)} cannot be the name of a data set`,
      { name },
      'use up to 64 letters, digits, dots, dashes and underscores, starting with a letter or digit',
    )
  }
  return join(datasetsFolder(home), name)
}

/** The folder that holds all data sets of a home. */
export function datasetsFolder(home: string): string {
  return join(home, 'datasets')
}

const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i
