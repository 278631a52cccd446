import { div, maximum, mul, sub } from '../../graph/ops/elementwise.js'
import { sum } from '../../graph/ops/reduction.js'
import { slice } from '../../graph/ops/shaping.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import type { FiltersConfig } from './filters-settings.js'

type Mode = FiltersConfig['mode']

/** How many filters hide the subsets of so many attributes: `2^M - 1` or `M`. */
export function numFilters(mode: Mode, numAttributes: number): number {
  return mode === 'separate' ? 2 ** numAttributes - 1 : numAttributes
}

/**
 * The attributes that a filter hides, as indices: `separate` numbers requirements by `sum_i 2^i - 1` over the hidden
 * attributes i (Li et al.'s code, without the filter for nothing hidden), `combine` has one filter per attribute.
 */
export function filterRequirement(mode: Mode, filter: number, numAttributes: number): number[] {
  if (mode === 'combine') return [filter]
  return Array.from({ length: numAttributes }, (_, index) => index).filter(
    (index) => ((filter + 1) >> index) & 1,
  )
}

/** What each filter contributes to each row. */
export interface FilterShares {
  /** `[batch, 1]`, 1 where nothing is hidden. */
  readonly none: Tensor
  /** `[batch, 1]` for each filter; with `none` they add up to 1 in every row. */
  readonly shares: readonly Tensor[]
}

/**
 * Which filters make each row's vector: `separate` the one of its requirement, `combine` those of its hidden attributes in
 * equal parts (Li et al. 2021, section 4.2, and released code).
 *
 * @param hidden `[batch, attributes]`, 0 or 1.
 */
export function filterShares(mode: Mode, hidden: Tensor): FilterShares {
  const numAttributes = staticDim('filterShares', hidden.shape, -1)
  const is = Array.from({ length: numAttributes }, (_, index) => slice(hidden, 1, index, index + 1))
  const isNot = is.map((column) => sub(1, column))
  const product = (factors: readonly Tensor[]): Tensor => factors.reduce((a, b) => mul(a, b))
  const filters = Array.from({ length: numFilters(mode, numAttributes) }, (_, filter) => filter)
  if (mode === 'combine') {
    const count = maximum(sum(hidden, { axes: [1], keepDims: true }), 1)
    return { none: product(isNot), shares: filters.map((filter) => div(is[filter]!, count)) }
  }
  const shares = filters.map((filter) => {
    const own = filterRequirement(mode, filter, numAttributes)
    return product(is.map((column, index) => (own.includes(index) ? column : isNot[index]!)))
  })
  return { none: product(isNot), shares }
}
