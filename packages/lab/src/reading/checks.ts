/** A control of an audit, as far as it is shown. */
export interface ShownCheck {
  readonly name: string
  /** Null where it could not be made. */
  readonly passed: boolean | null
  readonly detail: string
}

/** Whether a measurement can be trusted: a line for each control. */
export function checkLines(checks: readonly ShownCheck[]): string[] {
  return checks.map(({ name, passed, detail }) => {
    const outcome = passed === null ? 'not checked' : passed ? 'passed' : 'FAILED'
    return `${name}: ${outcome}; ${detail}`
  })
}

/**
 * What a failed check means for the figures. An attack that could not find the planted signal has none, so that alone
 * takes nothing from the others.
 */
function consequence(checks: readonly ShownCheck[]): string {
  const isProbeAlone = checks.every(({ name, passed }) => passed !== false || name === 'planted-signal')
  return isProbeAlone
    ? 'Attacks that could not be trusted have no figure; the others stand.'
    : 'Do not rely on these figures; the reasons stand below.'
}

/** The same in one line, which begins with what failed. */
export function checkSummary(checks: readonly ShownCheck[]): string {
  const names = (passed: boolean | null): string =>
    checks
      .filter((check) => check.passed === passed)
      .map(({ name }) => name)
      .join(', ')
  const unmade = names(null)
  const rest = unmade === '' ? '' : `; not checked: ${unmade}`
  const failed = names(false)
  if (failed !== '') return `Validity: FAILED ${failed}${rest}. ${consequence(checks)}`
  const passed = checks.filter(({ passed: hasPassed }) => hasPassed === true).length
  return `Validity: ${passed} of ${checks.length} checks passed${rest}`
}
