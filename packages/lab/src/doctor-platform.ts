import { VeilrecError } from '@veilrec/core'

/** A machine as far as native code cares. */
export interface Platform {
  /** `process.platform` */
  readonly os: string
  /** `process.arch` */
  readonly arch: string
  /** The C library; null where that is no question. */
  readonly libc: 'glibc' | 'musl' | null
}

/** Platforms for which every native part ships a binary. */
const supportedPlatforms: readonly string[] = [
  'linux x64 glibc',
  'linux arm64 glibc',
  'darwin arm64',
  'win32 x64',
]

/** The platform in words: system, processor, C library. */
export function platformName({ os, arch, libc }: Platform): string {
  return [os, arch, ...(libc === null ? [] : [libc])].join(' ')
}

/** The platform that this process runs on. */
export function currentPlatform(): Platform {
  return {
    os: process.platform,
    arch: process.arch,
    libc: process.platform === 'linux' ? currentLibc() : null,
  }
}

/**
 * Refuses a machine for which a native part has no binary.
 *
 * @throws VeilrecError `PLATFORM_UNSUPPORTED` with the reason
 */
export function assertSupported(platform: Platform): void {
  const name = platformName(platform)
  if (supportedPlatforms.includes(name)) return
  throw new VeilrecError(
    'PLATFORM_UNSUPPORTED',
    `${name} is not supported: ${unsupportedReason(platform)}`,
    { platform: name, supported: supportedPlatforms },
    `Veilrec runs on ${supportedPlatforms.join(', ')}.`,
  )
}

function unsupportedReason({ os, arch, libc }: Platform): string {
  if (libc === 'musl')
    return 'ONNX Runtime has no binary for musl; use a distribution with glibc, such as Debian'
  if (os === 'darwin' && arch === 'x64')
    return 'ONNX Runtime no longer has a binary for Macs with Intel processors'
  return 'ONNX Runtime or DuckDB has no binary for it'
}

/** Node reports the version of glibc it runs on, and nothing on musl. */
function currentLibc(): 'glibc' | 'musl' {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } }
  return header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc'
}
