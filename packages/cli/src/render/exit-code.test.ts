import { ExitCode } from '@stricli/core'
import { expect, it } from 'vitest'

import { exitCodeOf } from './error.js'

it('gives the user 2, bugs 70, and leaves our own codes', () => {
  expect([ExitCode.InvalidArgument, ExitCode.UnknownCommand].map(exitCodeOf)).toEqual([2, 2])
  expect(
    [ExitCode.CommandLoadError, ExitCode.InternalError, ExitCode.IntegrationError].map(exitCodeOf),
  ).toEqual([70, 70, 70])
  expect([0, 2, 70, 130].map(exitCodeOf)).toEqual([0, 2, 70, 130])
})
