/** A number that may be undefined: then `value` is null and `reason` says why, never 0 in its place. */
export type Measure =
  { readonly value: number; readonly reason?: never } | { readonly value: null; readonly reason: string }

/** A defined {@link Measure}. */
export function defined(value: number): Measure {
  return { value }
}

/** An undefined {@link Measure} with the reason a reader is shown. */
export function undefinedBecause(reason: string): Measure {
  return { value: null, reason }
}
