import { expect, it } from 'vitest'

import { assertSupported, currentPlatform, platformName } from './doctor-platform.js'

it('accepts the platforms with binaries and says why it refuses others', () => {
  assertSupported({ os: 'linux', arch: 'x64', libc: 'glibc' })
  assertSupported({ os: 'linux', arch: 'arm64', libc: 'glibc' })
  assertSupported({ os: 'darwin', arch: 'arm64', libc: null })
  assertSupported({ os: 'win32', arch: 'x64', libc: null })
  expect(() => assertSupported({ os: 'linux', arch: 'x64', libc: 'musl' })).toThrow(/musl.*glibc/)
  expect(() => assertSupported({ os: 'darwin', arch: 'x64', libc: null })).toThrow(/Intel/)
  expect(() => assertSupported({ os: 'win32', arch: 'arm64', libc: null })).toThrow(
    expect.objectContaining({ code: 'PLATFORM_UNSUPPORTED', kind: 'user' }),
  )
})

it('knows the platform it runs on', () => {
  expect(platformName(currentPlatform())).toContain(`${process.platform} ${process.arch}`)
})
