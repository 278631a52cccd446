import { sameShape, shapeError, staticShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { emit } from './emit.js'
import { sumTo } from './reduction.js'
import { reshape, transpose, zeros } from './shaping.js'

/** Options of {@link conv}. */
export interface ConvOptions {
  /** Zeros added on both sides of every spatial axis. */
  readonly padding?: number
}

/**
 * Cross-correlation with stride 1: `x` `[batch, channels, ...space]` and `kernel`
 * `[filters, channels, ...window]` give `[batch, filters, ...space + 2 padding - window + 1]`.
 * One spatial axis is a 1-d convolution, two a 2-d one. `bias` is `[filters]`.
 */
export function conv(x: Tensor, kernel: Tensor, bias?: Tensor, options: ConvOptions = {}): Tensor {
  const { padding = 0 } = options
  const [batch = 0, channels, ...space] = staticShape('conv', x.shape)
  const [filters = 0, kernelChannels, ...window] = staticShape('conv', kernel.shape)
  const result = space.map((length, axis) => length + 2 * padding - (window[axis] ?? 0) + 1)
  if (channels !== kernelChannels || space.length !== window.length || result.some((length) => length < 1)) {
    throw shapeError('conv', `the kernel does not fit (padding ${padding})`, [x.shape, kernel.shape])
  }
  if (bias && !sameShape(bias.shape, [filters])) {
    throw shapeError('conv', 'one bias per filter is needed', [kernel.shape, bias.shape])
  }
  const pads = [...space, ...space].map(() => padding)
  const output = emit('Conv', bias ? [x, kernel, bias] : [x, kernel], [batch, filters, ...result], {
    attributes: { pads },
  })
  const swap = [1, 0, ...space.map((_, axis) => axis + 2)]
  x.graph.differentiable(bias ? [x, kernel, bias] : [x, kernel], [output], ([g]) => {
    const gradient = g as Tensor
    const gradientX = emit('ConvTranspose', [gradient, kernel], x.shape, { attributes: { pads } })
    const swapped = emit(
      'Conv',
      [transpose(x, swap), transpose(gradient, swap)],
      swap.map((axis) => kernel.shape[axis] ?? 1),
      {
        attributes: { pads },
      },
    )
    const perFilter = reshape(transpose(gradient, [0, ...space.map((_, axis) => axis + 2), 1]), [
      batch * result.reduce((size, length) => size * length, 1),
      filters,
    ])
    return [gradientX, transpose(swapped, swap), ...(bias ? [sumTo(perFilter, bias.shape)] : [])]
  })
  return output
}

/**
 * Maximum over windows of `[batch, channels, ...space]` with `stride` (default: the window).
 * A tie goes to the first element of the window, as in PyTorch; overlapping windows add up.
 */
export function maxPool(x: Tensor, window: readonly number[], stride: readonly number[] = window): Tensor {
  const [batch = 0, channels = 0, ...space] = staticShape('maxPool', x.shape)
  const result = space.map(
    (length, axis) => Math.floor((length - (window[axis] ?? 0)) / (stride[axis] ?? 1)) + 1,
  )
  if (space.length !== window.length || result.some((length) => length < 1)) {
    throw shapeError('maxPool', `the window [${window.join(', ')}] does not fit`, [x.shape])
  }
  const shape = [batch, channels, ...result]
  const [values, indices] = x.graph.node(
    'MaxPool',
    [x],
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
    { kernel_shape: window, strides: stride },
  ) as [Tensor, Tensor]
  x.graph.differentiable([x], [values], ([g]) => {
    const size = [batch, channels, ...space].reduce((product, length) => product * length, 1)
    const count = shape.reduce((product, length) => product * length, 1)
    const scattered = emit(
      'ScatterElements',
      [zeros(x.graph, [size]), reshape(indices, [count]), reshape(g as Tensor, [count])],
      [size],
      { attributes: { axis: 0, reduction: 'add' } },
    )
    return [reshape(scattered, x.shape)]
  })
  return values
}
