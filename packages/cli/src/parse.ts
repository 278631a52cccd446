/** A whole number, such as a seed; throws a message for the user otherwise. */
export function wholeNumber(input: string): number {
  const value = Number(input)
  if (input.trim() === '' || !Number.isSafeInteger(value)) throw new SyntaxError('not a whole number')
  return value
}

/** A whole number of at least 1. */
export function positiveNumber(input: string): number {
  const value = wholeNumber(input)
  if (value < 1) throw new SyntaxError('must be at least 1')
  return value
}

/** Any text but the empty one. */
export function nonEmpty(input: string): string {
  if (input === '') throw new SyntaxError('empty')
  return input
}

/** A setting `key=value`, left as it is. */
export function keyValue(input: string): string {
  if (input.indexOf('=') < 1) throw new SyntaxError('not of the form key=value')
  return input
}

/**
 * Settings `key=value` as an object: numbers, `true` and `false` become what they say, everything else stays text.
 * A key that is given twice keeps the last value.
 */
export function settings(inputs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    inputs.map((input) => {
      const at = input.indexOf('=')
      return [input.slice(0, at), scalar(input.slice(at + 1))]
    }),
  )
}

function scalar(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? text : value
}
