/** One promise, and whether it is kept. */
export interface SelfCheck {
  readonly name: string
  /** Null where it could not be looked at. */
  readonly passed: boolean | null
  readonly detail: string
}

/** What a self-check found. */
export interface SelfCheckResult {
  /** Address of a service, or folder of a bundle. */
  readonly target: string
  readonly checks: readonly SelfCheck[]
  /** Whether no promise is broken and at least one was looked at. */
  readonly passed: boolean
}

/** The result of some checks. */
export function selfCheckResult(target: string, checks: readonly SelfCheck[]): SelfCheckResult {
  const isBroken = checks.some(({ passed }) => passed === false)
  return { target, checks, passed: !isBroken && checks.some(({ passed }) => passed === true) }
}
