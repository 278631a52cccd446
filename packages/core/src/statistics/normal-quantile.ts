/**
 * The quantile of the standard normal distribution (inverse of its cumulative distribution function).
 *
 * Acklam's rational approximation, relative error below 1.2e-9.
 *
 * @param probability in (0, 1); 0 and 1 give the infinities, anything outside NaN.
 */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN
  if (probability > 0.5) return -normalQuantile(1 - probability)
  if (probability === 0) return Number.NEGATIVE_INFINITY
  if (probability < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(probability))
    return horner(tailNumerator, q) / horner(tailDenominator, q)
  }
  const q = probability - 0.5
  const r = q * q
  return (q * horner(centralNumerator, r)) / horner(centralDenominator, r)
}

/** Highest power first. */
function horner(coefficients: readonly number[], x: number): number {
  let value = 0
  for (const coefficient of coefficients) value = value * x + coefficient
  return value
}

const centralNumerator = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1,
  2.506628277459239,
]
const centralDenominator = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1,
  1,
]
const tailNumerator = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968,
  2.938163982698783,
]
const tailDenominator = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1]
