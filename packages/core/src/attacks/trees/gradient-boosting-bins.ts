/** Where each feature is cut into bins; bin b of a feature holds `thresholds[b - 1] < value <= thresholds[b]`. */
export interface FeatureBins {
  /** `[dimension]`, ascending cuts of each feature; none for a constant feature. */
  readonly thresholds: readonly Float64Array[]
}

/** Rows of bins in the order in which histograms are built. */
export interface BinnedRows {
  /** `[dimension, numRows]`, column by column. */
  readonly bins: Uint8Array
  readonly numRows: number
}

/**
 * Cuts every feature into at most `maxBins` bins, halfway between neighbouring values where those are few, else at
 * quantiles of the rows given (as scikit-learn's HistGradientBoosting does).
 *
 * @param values `[n, dimension]` row-major, finite.
 * @param rows the rows that may be looked at, at least one.
 * @param maxBins 2 to 256.
 */
export function fitFeatureBins(
  values: Float32Array | Float64Array,
  dimension: number,
  rows: ArrayLike<number>,
  maxBins: number,
): FeatureBins {
  const column = new Float64Array(rows.length)
  const thresholds = Array.from({ length: dimension }, (_, j) => {
    for (let i = 0; i < rows.length; i++) column[i] = values[rows[i]! * dimension + j]!
    column.sort()
    return cuts(column, maxBins)
  })
  return { thresholds }
}

/** The bins of some rows; values beyond those seen in training fall into the first or last bin. */
export function binRows(
  values: Float32Array | Float64Array,
  rows: ArrayLike<number>,
  { thresholds }: FeatureBins,
): BinnedRows {
  const dimension = thresholds.length
  const numRows = rows.length
  const bins = new Uint8Array(dimension * numRows)
  for (const [j, cut] of thresholds.entries()) {
    for (let i = 0; i < numRows; i++) bins[j * numRows + i] = binOf(values[rows[i]! * dimension + j]!, cut)
  }
  return { bins, numRows }
}

function cuts(sorted: Float64Array, maxBins: number): Float64Array {
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1])
  if (distinct.length <= maxBins) {
    return distinct.subarray(1).map((value, i) => middle(distinct[i]!, value))
  }
  const last = sorted.length - 1
  const quantiles = Float64Array.from({ length: maxBins - 1 }, (_, b) => {
    const place = ((b + 1) / maxBins) * last
    return middle(sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!)
  })
  // A cut at the largest value would leave nobody above it, a value that fills several quantiles gets one cut.
  const highest = distinct.at(-2)!
  return quantiles.map((cut) => Math.min(cut, highest)).filter((cut, b, all) => cut !== all[b - 1])
}

/** Never the upper value itself, even where rounding leaves nothing between the two. */
function middle(lower: number, upper: number): number {
  const mean = lower + (upper - lower) / 2
  return mean < upper ? mean : lower
}

/** The first bin whose cut is at least the value. */
function binOf(value: number, cut: Float64Array): number {
  let low = 0
  let high = cut.length
  while (low < high) {
    const probe = (low + high) >> 1
    if (value <= cut[probe]!) high = probe
    else low = probe + 1
  }
  return low
}
