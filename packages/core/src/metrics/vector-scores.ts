import { VeilrecError } from '../errors/veilrec-error.js'
import { pack, scoreKernel, tile } from './score-kernel.js'

/**
 * Gives one user's scores of the whole catalogue: `[numItems + 1]` by item index, entry 0 being padding.
 *
 * The row is valid until the next call and not to be written into. Ask users in ascending order: rows may be made in
 * blocks.
 */
export type ScoreRows = (user: number) => Float32Array | Float64Array

/** User and item vectors whose inner products are scores. */
export interface ScoringVectors {
  /** `[numUsers, dimension]` row-major. */
  readonly userVectors: Float32Array | Float64Array
  /** `[numItems + 1, dimension]` row-major; row 0 is padding and never a candidate. */
  readonly itemVectors: Float32Array | Float64Array
  readonly dimension: number
}

const pageBytes = 65536
/** Users whose scores are computed together: their rows stay in the cache between product and ranking. */
const blockUsers = 16
/** Packed items that stay between blocks of users; a larger catalogue is packed anew for every block, part by part. */
const packedBytes = 2 ** 25

/**
 * Scores by the inner product, `score(u, i) = <user_u, item_i>`, in float64.
 *
 * Every sum adds its products in the order of the dimensions, so that equal vectors tie exactly, wherever they stand.
 * Beside the vectors it holds at most 32 MiB of packed items and 16 rows of scores.
 *
 * @throws VeilrecError `NOT_FINITE` naming the user (or item) whose vector holds a NaN or an infinity;
 * `INVALID_ARGUMENT` when the shapes do not fit; the rows throw it for a user that has no vector.
 * @example
 * const scores = vectorScores({ userVectors, itemVectors, dimension: 64 })
 * topK(scores(0), 10)
 */
export function vectorScores(vectors: ScoringVectors): ScoreRows {
  const { userVectors, itemVectors, dimension } = vectors
  const { numUsers, numRows } = checkedRows(vectors)

  const panelBytes = 8 * tile * dimension
  const panels = Math.ceil(numRows / tile)
  const panelsPacked = Math.max(1, Math.min(panels, Math.floor(packedBytes / panelBytes)))
  const rowBytes = 8 * tile * panels
  const itemsAt = 8 * blockUsers * dimension
  const scoresAt = itemsAt + panelsPacked * panelBytes
  const bytes = scoresAt + blockUsers * rowBytes
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) })
  const multiply = scoreKernel(memory)

  let packedFrom = -1
  const multiplyBlock = (firstUser: number): void => {
    const ofBlock = userVectors.subarray(firstUser * dimension, (firstUser + blockUsers) * dimension)
    pack(ofBlock, dimension, new Float64Array(memory.buffer, 0, blockUsers * dimension))
    for (let panel = 0; panel < panels; panel += panelsPacked) {
      const count = Math.min(panelsPacked, panels - panel)
      if (packedFrom !== panel) {
        const rows = itemVectors.subarray(panel * tile * dimension, (panel + count) * tile * dimension)
        pack(rows, dimension, new Float64Array(memory.buffer, itemsAt, count * tile * dimension))
        packedFrom = panel
      }
      multiply(0, itemsAt, scoresAt + 8 * tile * panel, dimension, count, rowBytes, blockUsers / tile)
    }
  }

  let blockStart = -1
  return (user) => {
    checkUser(user, numUsers)
    const place = user % blockUsers
    if (blockStart !== user - place) {
      blockStart = user - place
      multiplyBlock(blockStart)
    }
    return new Float64Array(memory.buffer, scoresAt + place * rowBytes, numRows)
  }
}

/**
 * How many users and rows of items there are.
 *
 * @throws VeilrecError as {@link vectorScores} does.
 */
export function checkedRows({ userVectors, itemVectors, dimension }: ScoringVectors): {
  readonly numUsers: number
  readonly numRows: number
} {
  const numUsers = userVectors.length / dimension
  const numRows = itemVectors.length / dimension
  if (!Number.isInteger(numUsers) || !Number.isInteger(numRows)) {
    throw new VeilrecError(
      'INVALID_ARGUMENT',
      `vectors of ${userVectors.length} and ${itemVectors.length} numbers are not whole rows of dimension ${dimension}`,
      { dimension },
    )
  }
  checkFinite(userVectors, dimension, 'user')
  checkFinite(itemVectors, dimension, 'item')
  return { numUsers, numRows }
}

/** @throws VeilrecError `INVALID_ARGUMENT` for a user that has no vector. */
export function checkUser(user: number, numUsers: number): void {
  if (user >= 0 && user < numUsers) return
  throw new VeilrecError('INVALID_ARGUMENT', `user ${user} has no vector among ${numUsers}`, {
    user,
    numUsers,
  })
}

function checkFinite(vectors: Float32Array | Float64Array, dimension: number, what: 'user' | 'item'): void {
  for (let i = 0; i < vectors.length; i++) {
    if (Number.isFinite(vectors[i])) continue
    const index = Math.floor(i / dimension)
    throw new VeilrecError(
      'NOT_FINITE',
      `the vector of ${what} ${index} holds ${vectors[i]} at position ${i - index * dimension}`,
      { [what]: index },
      'Look for a NaN in the model: train again with a lower learning rate or use an earlier checkpoint.',
    )
  }
}
