import type { SelfCheck } from '@veilrec/runtime'

/** A promise that two things have the same bytes, and the names of what has others. */
export function bytesCheck(name: string, different: readonly string[], promise: string): SelfCheck {
  const passed = different.length === 0
  return { name, passed, detail: passed ? promise : `other bytes in ${different.join(', ')}` }
}

/** A promise that was not looked at, and why. */
export function notLookedAt(name: string, detail: string): SelfCheck {
  return { name, passed: null, detail }
}
