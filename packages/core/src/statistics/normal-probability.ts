/**
 * The cumulative distribution function of the standard normal distribution, `P(Z <= z)`.
 *
 * Abramowitz and Stegun 1964, formula 26.2.17: absolute error below 7.5e-8, so that the far tails are good for comparisons with a
 * level and for nothing finer.
 *
 * @param z any number; the infinities give 0 and 1, NaN gives NaN.
 */
export function normalProbability(z: number): number {
  if (z < 0) return 1 - normalProbability(-z)
  const t = 1 / (1 + 0.2316419 * z)
  const polynomial =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial
}
