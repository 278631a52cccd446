import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Environment variables as `process.env` gives them. */
export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The folder in which data sets and runs live: `VEILREC_HOME`, or `.veilrec` in the working directory.
 *
 * Creates it, with mode 0700 and a `.gitignore` that keeps everything inside out of version control; a folder that
 * is already there keeps its mode and its `.gitignore`.
 *
 * @param env environment; an empty `VEILREC_HOME` counts as unset, a relative one starts at `cwd`
 * @param cwd the working directory
 * @returns absolute path
 *
 * @example
 * const home = await resolveHome(process.env, process.cwd())
 */
export async function resolveHome(env: Environment, cwd: string): Promise<string> {
  const home = resolve(cwd, env['VEILREC_HOME'] || '.veilrec')
  await mkdir(home, { recursive: true, mode: 0o700 })
  try {
    await writeFile(join(home, '.gitignore'), '*\n', { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return home
}
