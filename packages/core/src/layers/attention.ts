import { add, mul } from '../graph/ops/elementwise.js'
import { matmul } from '../graph/ops/linear-algebra.js'
import { concat, reshape, transpose } from '../graph/ops/shaping.js'
import { softmax } from '../graph/ops/softmax.js'
import type { Initializer } from '../graph/initializers.js'
import type { Scope } from '../graph/scope.js'
import { sameDim, shapeError, staticDim, type Dim } from '../graph/shape.js'
import type { Tensor } from '../graph/tensor.js'
import { linear } from './linear.js'

/** What is added to a score that must not be attended to; finite, so that nothing becomes NaN. */
const forbidden = -1e9

/** Options of {@link multiHeadAttention}. */
export interface AttentionOptions {
  /** Number of heads; divides the hidden size. */
  readonly heads: number
  /** Position `i` sees positions `0..i` only (and every prefix). */
  readonly causal?: boolean
  /** float32 `[batch, keys]`, without the prefix: 1 for a real key, 0 for padding. A row without a real key gives 0. */
  readonly keyMask?: Tensor
  /** Added to the scores, broadcast to `[batch, heads, queries, keys]`: relative positions and the like. */
  readonly scoreBias?: Tensor
  /** Extra keys and values seen by every query, `[batch, prefix, d]` each (prefix tuning). */
  readonly prefix?: { readonly keys: Tensor; readonly values: Tensor }
  /** Dropout of the attention weights while training. */
  readonly dropout?: number
  /** Ends with a linear layer over the joined heads; default true. */
  readonly outputProjection?: boolean
  readonly initializer?: Initializer
}

/**
 * Multi-head attention (Vaswani et al. 2017, equation 1 and section 3.2.2):
 * `softmax(Q K^T / sqrt(d / heads)) V` per head, joined, projected.
 *
 * `queries` `[batch, time, d]` attend to `memory` `[batch, keys, d]` (itself for self-attention) and
 * give `[batch, time, d]`. Parameters: linear layers `query`, `key`, `value`, `output`.
 */
export function multiHeadAttention(
  scope: Scope,
  queries: Tensor,
  memory: Tensor,
  options: AttentionOptions,
): Tensor {
  const { heads, initializer, outputProjection = true, dropout = 0 } = options
  const width = staticDim('attention', queries.shape, -1)
  if (width % heads !== 0) {
    throw shapeError('attention', `${heads} heads do not divide the hidden size`, [queries.shape])
  }
  const project = (name: string, x: Tensor): Tensor => {
    return linear(scope.child(name), x, width, initializer ? { initializer } : {})
  }
  const query = splitHeads(project('query', queries), heads)
  const key = splitHeads(withPrefix(options.prefix?.keys, project('key', memory)), heads)
  const value = splitHeads(withPrefix(options.prefix?.values, project('value', memory)), heads)

  // [batch, heads, time, keys]; without the axis of heads when there is one
  let scores = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(width / heads) })
  if (options.scoreBias) scores = add(scores, options.scoreBias)
  const mask = attentionMask(scores, options)
  if (mask) scores = add(scores, mask)
  const weights = scope.dropout(softmax(scores), dropout)
  const joined = joinHeads(matmul(weights, value), heads)
  const output = outputProjection ? project('output', joined) : joined
  // A prefix is in sight of every query.
  return options.keyMask && !options.prefix ? zeroRowsWithoutKeys(output, options) : output
}

function withPrefix(prefix: Tensor | undefined, x: Tensor): Tensor {
  return prefix ? concat([prefix, x], 1) : x
}

function splitHeads(x: Tensor, heads: number): Tensor {
  if (heads === 1) return x
  const [batch, time, width] = x.shape as readonly [Dim, Dim, number]
  return transpose(reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3])
}

function joinHeads(x: Tensor, heads: number): Tensor {
  if (heads === 1) return x
  const [batch, , time, width] = x.shape as readonly [Dim, number, Dim, number]
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, time, heads * width])
}

function attentionMask(
  scores: Tensor,
  { causal = false, keyMask, prefix, heads }: AttentionOptions,
): Tensor | undefined {
  const { graph } = scores
  const keys = staticDim('attention', scores.shape, -1)
  const prefixLength = prefix ? staticDim('attention', prefix.keys.shape, 1) : 0
  let mask: Tensor | undefined
  if (causal) {
    const time = staticDim('attention', scores.shape, -2)
    mask = graph.sharedConstant(`causal${time}x${keys}+${prefixLength}`, () => {
      const data = new Float32Array(time * keys)
      for (let query = 0; query < time; query++) {
        data.fill(forbidden, query * keys + prefixLength + query + 1, (query + 1) * keys)
      }
      return graph.constant(data, 'float32', [time, keys])
    })
  }
  if (!keyMask) return mask
  const own = keys - prefixLength
  if (!sameDim(keyMask.shape[1] as Dim, own)) {
    throw shapeError('attention', 'the key mask does not fit', [scores.shape, keyMask.shape])
  }
  const padded = mul(add(keyMask, -1), -forbidden)
  // A prefix is never padding: the mask of the own keys moves behind it.
  const placed = prefixLength === 0 ? padded : matmul(padded, placement(scores, own, prefixLength))
  const batch = placed.shape[0] as Dim
  const spread = reshape(placed, heads === 1 ? [batch, 1, keys] : [batch, 1, 1, keys])
  return mask ? add(mask, spread) : spread
}

/** `[own, offset + own]` that copies columns to `offset` places further right. */
function placement({ graph }: Tensor, own: number, offset: number): Tensor {
  return graph.sharedConstant(`placement${own}+${offset}`, () => {
    const data = new Float32Array(own * (offset + own))
    for (let key = 0; key < own; key++) data[key * (offset + own) + offset + key] = 1
    return graph.constant(data, 'float32', [own, offset + own])
  })
}

/** Multiplies by 1 where a query has at least one real key in sight, by 0 elsewhere. */
function zeroRowsWithoutKeys(output: Tensor, { keyMask, causal = false }: AttentionOptions): Tensor {
  const { graph } = output
  const mask = keyMask as Tensor
  const keys = staticDim('attention', mask.shape, 1)
  const time = staticDim('attention', output.shape, 1)
  const visible = graph.sharedConstant(`visible${keys}x${time}${causal}`, () => {
    const data = Float32Array.from({ length: keys * time }, (_, index) => {
      return !causal || Math.floor(index / time) <= index % time ? 1 : 0
    })
    return graph.constant(data, 'float32', [keys, time])
  })
  const count = matmul(mask, visible)
  const any = graph.node(
    'Min',
    [count, graph.constant(Float32Array.of(1), 'float32', [])],
    [{ dtype: 'float32', shape: count.shape }],
  )[0] as Tensor
  return mul(output, reshape(any, [...any.shape, 1]))
}
