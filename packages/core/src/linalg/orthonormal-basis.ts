/**
 * An orthonormal basis of the span of some vectors, by modified Gram-Schmidt applied twice ("twice is enough", Parlett,
 * The Symmetric Eigenvalue Problem, section 6.9).
 *
 * @param vectors each `[n]`; not changed.
 * @param tolerance a vector adds nothing new when what is left of it is at most this long.
 * @returns at most `min(n, vectors.length)` vectors of length 1; none when all are shorter than the tolerance.
 */
export function orthonormalBasis(vectors: readonly Float64Array[], tolerance: number): Float64Array[] {
  const basis: Float64Array[] = []
  for (const vector of vectors) {
    const rest = Float64Array.from(vector)
    for (let pass = 0; pass < 2; pass++) {
      for (const direction of basis) {
        const share = dot(rest, direction)
        for (let i = 0; i < rest.length; i++) rest[i]! -= share * direction[i]!
      }
    }
    const length = Math.sqrt(dot(rest, rest))
    if (length > tolerance && basis.length < rest.length) basis.push(rest.map((value) => value / length))
  }
  return basis
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
