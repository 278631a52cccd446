import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

const require = createRequire(import.meta.url)

/** The packages that figures are computed by. */
const packages = ['@veilrec/core', '@veilrec/runtime', '@veilrec/data', '@veilrec/lab']

let known: string | null | undefined

/**
 * SHA-256 (hex) over the sources that figures of this package are computed by: every file but the tests below `src` of core,
 * runtime, data and lab, with its name. A published package brings its sources, so that it has the same hash as the commit it was
 * made of. Computed at the first call.
 *
 * It says what was written, not what was built from it: `npm run` builds first.
 *
 * @returns null where the sources were left out of an installation.
 */
export function sourceHash(): string | null {
  known ??= hashOfSources(
    packages.map((name) => {
      const manifest = name === '@veilrec/lab' ? '../package.json' : `${name}/package.json`
      return { name, folder: join(dirname(require.resolve(manifest)), 'src') }
    }),
  )
  return known
}

/**
 * SHA-256 (hex) over all sources below folders, in the order of the folders and of the names in them; tests are left out.
 *
 * @param folders each with the name under which its files are counted.
 * @returns null where there is no such folder.
 */
export function hashOfSources(
  folders: readonly { readonly name: string; readonly folder: string }[],
): string | null {
  const hash = createHash('sha256')
  for (const { name, folder } of folders) {
    if (!existsSync(folder)) return null
    for (const file of sourcesBelow(folder)) {
      hash.update(`${name}/${file}\n`).update(readFileSync(join(folder, file)))
    }
  }
  return hash.digest('hex')
}

/** Paths with slashes on every platform, sorted. */
function sourcesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => /\.(ts|mts|js|mjs|py)$/.test(file) && !file.endsWith('.test.ts'))
    .sort()
}
