import { cast, greater, sub, where } from '../../graph/ops/elementwise.js'
import { layerNorm } from '../../graph/ops/normalization.js'
import { ones } from '../../graph/ops/reduction.js'
import { concat, reshape, slice, zeros } from '../../graph/ops/shaping.js'
import { staticDim } from '../../graph/shape.js'
import type { Tensor } from '../../graph/tensor.js'
import type { VectorBatch } from '../vector-veil/vector-model.js'

/**
 * What the adversary of one attribute sees of a batch: veiled vectors, each brought to mean 0 and variance 1, so that it learns as
 * well from short vectors as from long ones, beside the requirement, because whoever attacks a user's vector knows what the
 * user asked to hide; and labels `[size]`, -1 in rows whose requirement does not hide the attribute.
 */
export function adversaryView(
  veiled: Tensor,
  { hidden, labels, size }: Pick<VectorBatch, 'hidden' | 'labels' | 'size'>,
  attribute: number,
): { readonly view: Tensor; readonly labels: Tensor } {
  const { graph } = veiled
  const width = staticDim('adversaryView', veiled.shape, -1)
  const normalised = layerNorm(veiled, ones(graph, [width]), zeros(graph, [width]))
  const isHidden = greater(reshape(slice(hidden, 1, attribute, attribute + 1), [size]), 0.5)
  const seen = where(isHidden, cast(labels[attribute]!, 'float32'), -1)
  return { view: concat([normalised, sub(hidden, 0.5)], 1), labels: cast(seen, 'int32') }
}
