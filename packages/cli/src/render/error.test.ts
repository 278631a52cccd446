import { VeilrecError } from '@veilrec/core'
import { describe, expect, it } from 'vitest'

import { renderError } from './error.js'

describe('renderError', () => {
  it('shows one message and the hint of a user error, never a stack', () => {
    const error = new VeilrecError('USER_NOT_FOUND', 'no user "7"', {}, 'Try 8.')
    expect(renderError(error, false)).toEqual({
      kind: 'user',
      text: 'error USER_NOT_FOUND: no user "7"\nhint: Try 8.',
    })
  })

  it('shows the stack of a bug, ours or foreign', () => {
    for (const error of [new VeilrecError('INTERNAL', 'oops'), new TypeError('oops')]) {
      const { kind, text } = renderError(error, false)
      expect(kind).toBe('bug')
      expect(text).toContain('error INTERNAL: ')
      expect(text).toContain('oops\n    at ')
    }
    expect(renderError('a string', false)).toMatchObject({ kind: 'bug' })
  })

  it('tells an interruption from an abort nobody asked for', () => {
    const abort = new DOMException('aborted', 'AbortError')
    expect(renderError(new VeilrecError('ABORTED', 'stopped'), true).kind).toBe('interrupted')
    expect(renderError(abort, true).kind).toBe('interrupted')
    expect(renderError(abort, false).kind).toBe('bug')
  })

  it('lets the user act on a full disk', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    expect(renderError(full, false)).toEqual({
      kind: 'user',
      text: 'error ENOSPC: ENOSPC: no space left on device',
    })
  })
})
