import { secondMoments } from '../attacks/linear/rotated-features.js'
import { fitStandardizer, standardize } from '../attacks/linear/standardize.js'
import { userGroups, type UserAttribute } from '../dataset.js'
import { VeilrecError } from '../errors/veilrec-error.js'
import { fromSpectrum, type Matrix } from '../linalg/matrix.js'
import { orthonormalBasis } from '../linalg/orthonormal-basis.js'
import { symmetricEigen } from '../linalg/symmetric-eigen.js'
import { identityMap, type AffineMap } from './affine-map.js'

/** Input of {@link fitLinearErasure}. */
export interface LinearErasureInput {
  /** `[numUsers, dimension]` row-major; only defence users' rows are read. */
  readonly vectors: Float32Array | Float64Array
  readonly dimension: number
  /** The attributes to erase together; none gives the identity. Only defence users' codes are read. */
  readonly attributes: readonly UserAttribute[]
  /** `[numUsers]`, index into {@link userGroups}. */
  readonly userGroup: Uint8Array
  /**
   * Added to every eigenvalue of the correlation matrix, whose mean is 1, before it whitens; default 0. The class means of the
   * fitting users become equal at any value; a larger one trusts their correlations less, so that other users' classes
   * are erased better where there are few fitting users for the dimension.
   */
  readonly shrinkage?: number
  /**
   * Erase only so many directions, those in which the whitened class means differ most (linear discriminant analysis of all
   * attributes together); default all of them.
   */
  readonly rank?: number
}

/** Directions of the correlation matrix with an eigenvalue below this share of the largest count as empty. */
const rankTolerance = 1e-10
/** A class whose (partial) multiple correlation with the vectors is at most this has nothing to erase. */
const correlationTolerance = 1e-9

/**
 * LEACE, least-squares concept erasure: the affine map that makes every class indicator uncorrelated with the vectors,
 * and so no linear attacker better than a constant on the fitting users, while it changes the vectors least.
 *
 * `r(x) = x - W^+ P W (x - E x)`, with the whitening `W = (Sigma_xx^(1/2))^+` and P the orthogonal projection onto
 * the columns of `W Sigma_xz` (Belrose et al. 2023, "LEACE: Perfect linear concept erasure in closed form",
 * section 4). Z holds the class indicators of all attributes side by side, without one class of each, which spans the same
 * columns. Non-linear traces of an attribute remain.
 *
 * Fitted on defence users' vectors and labels only; users who miss one of the attributes are left out. Departures:
 * coordinates are brought to unit variance first, which changes nothing in exact arithmetic (the map commutes with
 * it) and keeps small coordinates from being lost; pseudo-inverses drop eigenvalues of the correlation matrix below
 * 1e-10 of the largest, in whose directions vectors pass unchanged; `shrinkage` and `rank` are no part of the paper.
 *
 * @returns float64 map; the identity for no attributes, or when the class means are equal already.
 * @throws VeilrecError `INVALID_ARGUMENT` when shapes do not fit or no defence user has all attributes; `NOT_FINITE`
 * when a defence user's vector holds NaN or an infinity.
 * @example
 * const erasure = fitLinearErasure({ vectors, dimension: 64, attributes: [gender], userGroup })
 * const veiled = applyAffineMap(erasure, vectors)
 */
export function fitLinearErasure(input: LinearErasureInput): AffineMap {
  const { vectors, dimension, attributes, shrinkage = 0, rank } = input
  if (attributes.length === 0) return identityMap(dimension)
  const users = fittingUsers(input)
  const standardizer = fitStandardizer(vectors, dimension, users)
  const x = standardize(vectors, users, standardizer)
  const { values, vectors: directions } = symmetricEigen(secondMoments(x, dimension))
  const floor = values.at(-1)! * rankTolerance
  const whiten = fromSpectrum(
    directions,
    values.map((value) => (value > floor ? 1 / Math.sqrt(value + shrinkage) : 0)),
  )
  const unwhiten = fromSpectrum(
    directions,
    values.map((value) => (value > floor ? Math.sqrt(value + shrinkage) : 0)),
  )

  const whitened = (classVectors: typeof classCorrelations): Float64Array[] =>
    attributes.flatMap((attribute) =>
      classVectors(x, users, attribute, dimension).map((vector) => timesVector(whiten, vector)),
    )
  const erased =
    rank === undefined
      ? orthonormalBasis(whitened(classCorrelations), correlationTolerance)
      : principalAxes(whitened(weightedClassMeans), dimension).slice(0, rank)
  const { projection, bias } = identityMap(dimension)
  for (const direction of erased) {
    const left = timesVector(unwhiten, direction)
    const right = timesVector(whiten, direction)
    for (let i = 0; i < dimension; i++) {
      const restored = left[i]! * standardizer.scale[i]!
      for (let j = 0; j < dimension; j++) {
        const removed = (restored * right[j]!) / standardizer.scale[j]!
        projection[i * dimension + j]! -= removed
        bias[i]! += removed * standardizer.mean[j]!
      }
    }
  }
  return { dimension, projection, bias }
}

/** The principal axes of some vectors about 0, the longest first, without those that are nothing but rounding. */
function principalAxes(vectors: readonly Float64Array[], dimension: number): Float64Array[] {
  const scatter = secondMoments(Float64Array.from(vectors.flatMap((vector) => [...vector])), dimension)
  const { values, vectors: axes } = symmetricEigen(scatter)
  // Rounding leaves about 1e-16 of the largest where there is nothing.
  const floor = Math.max(values.at(-1)! * rankTolerance, correlationTolerance ** 2 / vectors.length)
  return Array.from(values.keys())
    .filter((axis) => values[axis]! > floor)
    .reverse()
    .map((axis) => Float64Array.from({ length: dimension }, (_, i) => axes.data[i * dimension + axis]!))
}

/** Defence users with a value for every attribute, their vectors checked. */
function fittingUsers(input: LinearErasureInput): number[] {
  const { vectors, dimension, attributes, userGroup } = input
  const defence = userGroups.indexOf('defence')
  const lengths = attributes.map((attribute) => attribute.codes.length)
  if (vectors.length !== userGroup.length * dimension || lengths.some((n) => n !== userGroup.length)) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `linear erasure needs vectors and codes of the same ${userGroup.length} users`,
      { numUsers: userGroup.length, vectors: vectors.length / dimension, codes: lengths },
    )
  }
  const users: number[] = []
  for (let user = 0; user < userGroup.length; user++) {
    if (userGroup[user] !== defence || attributes.some(({ codes }) => codes[user]! < 0)) continue
    const row = vectors.subarray(user * dimension, (user + 1) * dimension)
    if (!row.every(Number.isFinite)) {
      throw new VeilrecError('NOT_FINITE', `the vector of user ${user} holds a NaN or an infinity`, { user })
    }
    users.push(user)
  }
  if (users.length === 0) {
    const names = attributes.map(({ name }) => name)
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `no defence user has a value for all of: ${names.join(', ')}`,
      { attributes: names },
      'Erase fewer attributes at once, or fill in missing values.',
    )
  }
  return users
}

/** `[dimension]` correlations with each class indicator, for all present classes but one. */
function classCorrelations(
  x: Float64Array,
  users: readonly number[],
  attribute: UserAttribute,
  dimension: number,
): Float64Array[] {
  return classSums(x, users, attribute, dimension)
    .slice(1)
    .map(({ share, sums }) => {
      const deviation = Math.sqrt(share * (1 - share))
      return sums.map((sum) => sum / users.length / deviation)
    })
}

/** `[dimension]` means of the present classes, times the root of their share: their scatter is that between the classes. */
function weightedClassMeans(
  x: Float64Array,
  users: readonly number[],
  attribute: UserAttribute,
  dimension: number,
): Float64Array[] {
  return classSums(x, users, attribute, dimension).map(({ share, sums }) =>
    sums.map((sum) => sum / users.length / Math.sqrt(share)),
  )
}

/** Sums `[dimension]` over the users of each class that occurs, and their share. */
function classSums(
  x: Float64Array,
  users: readonly number[],
  attribute: UserAttribute,
  dimension: number,
): { readonly share: number; readonly sums: Float64Array }[] {
  const n = users.length
  const sizes = new Float64Array(attribute.classes.length)
  const sums = Array.from(sizes, () => new Float64Array(dimension))
  for (let i = 0; i < n; i++) {
    const c = attribute.codes[users[i]!]!
    sizes[c]!++
    for (let j = 0; j < dimension; j++) sums[c]![j]! += x[i * dimension + j]!
  }
  return sums.flatMap((sum, c) => (sizes[c]! > 0 ? [{ share: sizes[c]! / n, sums: sum }] : []))
}

function timesVector(matrix: Matrix, vector: Float64Array): Float64Array {
  const result = new Float64Array(matrix.rows)
  for (let i = 0; i < matrix.rows; i++) {
    let sum = 0
    for (let j = 0; j < matrix.columns; j++) sum += matrix.data[i * matrix.columns + j]! * vector[j]!
    result[i] = sum
  }
  return result
}
