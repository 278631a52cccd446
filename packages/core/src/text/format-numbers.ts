import type { Interval } from '../statistics/interval.js'

/** A value with its interval, `0.741 [0.722, 0.760]`; a dash where there is none. */
export function formatInterval(value: number | null, interval: Interval | null, digits: number): string {
  if (value === null) return '-'
  if (interval === null) return value.toFixed(digits)
  return `${value.toFixed(digits)} [${interval.lower.toFixed(digits)}, ${interval.upper.toFixed(digits)}]`
}

/** A number with a fixed number of digits; a dash where there is none. */
export function formatFixed(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits)
}

/** A whole number with its thousands set apart, `1,000,209`. */
export function formatCount(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** A share in percent, `12.3 %`; a dash where there is none. */
export function formatPercent(share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`
}

/** A duration in the unit that fits: `840 ms`, `12.3 s`, `3 min 20 s`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${whole % 60} s`
}
