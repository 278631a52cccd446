/** A smooth function to minimise: writes its gradient and returns its value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number

/** How {@link minimizeLbfgs} stops. */
export interface LbfgsOptions {
  /** Converged when the largest absolute gradient entry is at most this. */
  readonly gradientTolerance: number
  readonly maxIterations: number
}

/** Where {@link minimizeLbfgs} stopped. */
export interface Minimum {
  readonly point: Float64Array
  readonly value: number
  /** Largest absolute gradient entry at `point`. */
  readonly gradientNorm: number
  readonly iterations: number
  readonly converged: boolean
}

/** Corrections kept; Nocedal and Wright recommend 3 to 20. */
const memory = 10
/** Line search: sufficient decrease and curvature constants of the Wolfe conditions. */
const decrease = 1e-4
const curvature = 0.9
const maxLineSteps = 40

/**
 * Limited-memory BFGS: full-batch, deterministic minimisation of a smooth function.
 *
 * Nocedal and Wright, Numerical Optimization, 2nd edition, algorithms 7.4 and 7.5; the line search brackets a weak
 * Wolfe point by bisection (Lewis and Overton 2013, algorithm 2.6). Stops early, not converged, when no step
 * decreases the value any more (the limit of float64).
 *
 * @param start `[n]`, not changed.
 */
export function minimizeLbfgs(objective: Objective, start: Float64Array, options: LbfgsOptions): Minimum {
  const n = start.length
  let point = Float64Array.from(start)
  let gradient = new Float64Array(n)
  let value = objective(point, gradient)
  let trial = new Float64Array(n)
  let trialGradient = new Float64Array(n)
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = []
  let iterations = 0
  while (iterations < options.maxIterations && largest(gradient) > options.gradientTolerance) {
    const direction = twoLoop(gradient, pairs)
    const slope = dot(direction, gradient)
    let step = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1
    // Close to the minimum the value changes by less than its own rounding; the slope still decides.
    const noise = 4 * Number.EPSILON * Math.abs(value)
    let low = 0
    let high = Number.POSITIVE_INFINITY
    let trialValue = value
    let found = false
    for (let attempt = 0; attempt < maxLineSteps; attempt++) {
      for (let i = 0; i < n; i++) trial[i] = point[i]! + step * direction[i]!
      trialValue = objective(trial, trialGradient)
      if (!(trialValue <= value + decrease * step * slope + noise)) high = step
      else if (dot(direction, trialGradient) < curvature * slope) low = step
      else {
        found = true
        break
      }
      step = high === Number.POSITIVE_INFINITY ? 2 * low : (low + high) / 2
    }
    if (!found && !(trialValue < value)) break
    remember(pairs, point, trial, gradient, trialGradient)
    ;[point, trial] = [trial, point]
    ;[gradient, trialGradient] = [trialGradient, gradient]
    value = trialValue
    iterations++
  }
  const gradientNorm = largest(gradient)
  return { point, value, gradientNorm, iterations, converged: gradientNorm <= options.gradientTolerance }
}

/** The quasi-Newton direction `-H g` from the kept pairs. */
function twoLoop(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const direction = gradient.map((value) => -value)
  const alphas: number[] = []
  for (const { s, y, rho } of pairs.toReversed()) {
    const alpha = rho * dot(s, direction)
    alphas.push(alpha)
    addScaled(direction, -alpha, y)
  }
  const newest = pairs.at(-1)
  if (newest !== undefined) {
    const scale = 1 / (newest.rho * dot(newest.y, newest.y))
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale
  }
  for (const { s, y, rho } of pairs) addScaled(direction, alphas.pop()! - rho * dot(y, direction), s)
  return direction
}

function remember(
  pairs: { s: Float64Array; y: Float64Array; rho: number }[],
  point: Float64Array,
  next: Float64Array,
  gradient: Float64Array,
  nextGradient: Float64Array,
): void {
  const s = next.map((value, i) => value - point[i]!)
  const y = nextGradient.map((value, i) => value - gradient[i]!)
  const product = dot(s, y)
  // Rounding can spoil the curvature close to the minimum; such a pair would break positive definiteness.
  if (product <= 1e-14 * dot(y, y)) return
  pairs.push({ s, y, rho: 1 / product })
  if (pairs.length > memory) pairs.shift()
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function addScaled(target: Float64Array, factor: number, source: Float64Array): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * source[i]!
}

function largest(values: Float64Array): number {
  let result = 0
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]!))
  return result
}

/** The same function of `scales * parameters`. */
export function rescaled(objective: Objective, scales: Float64Array): Objective {
  const parameters = new Float64Array(scales.length)
  return (point, gradient) => {
    for (let i = 0; i < point.length; i++) parameters[i] = point[i]! / scales[i]!
    const value = objective(parameters, gradient)
    for (let i = 0; i < point.length; i++) gradient[i]! /= scales[i]!
    return value
  }
}
