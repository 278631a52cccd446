import { broadcastShapes, sameDim, sameShape, shapeError, sizeOf, type Dim } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { mul } from './elementwise.js'
import { emit } from './emit.js'
import { sumTo } from './reduction.js'
import { reshape } from './shaping.js'

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** Use the last two axes of `a` (or `b`) the other way round. */
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  /** Factor on the product. */
  readonly scale?: number
}

/**
 * `scale * a b` over the last two axes, with broadcasting over the leading ones; transposes and
 * scale are part of the product (ONNX Runtime's FusedMatMul) and cost nothing.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, scale = 1 } = options
  if (a.shape.length < 2 || b.shape.length < 2) {
    throw shapeError('matmul', 'needs at least two axes', [a.shape, b.shape])
  }
  const [rows, innerA] = lastTwo(a, transposeA)
  const [innerB, columns] = lastTwo(b, transposeB)
  if (!sameDim(innerA, innerB)) {
    throw shapeError('matmul', `inner dimensions differ (transposes ${transposeA}, ${transposeB})`, [
      a.shape,
      b.shape,
    ])
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2))
  const shape = [...batch, rows, columns]
  const plain = !transposeA && !transposeB && scale === 1
  const result = plain
    ? emit('MatMul', [a, b], shape)
    : emit('FusedMatMul', [a, b], shape, {
        domain: 'com.microsoft',
        attributes: { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: scale } },
      })
  a.graph.differentiable([a, b], [result], ([g]) => {
    const gradient = g as Tensor
    const gradientA = transposeA
      ? matmul(b, gradient, { transposeA: transposeB, transposeB: true, scale })
      : matmul(gradient, b, { transposeB: !transposeB, scale })
    const gradientB = transposeB
      ? matmul(gradient, a, { transposeA: true, transposeB: transposeA, scale })
      : matmul(a, gradient, { transposeA: !transposeA, scale })
    return [sumTo(gradientA, a.shape), sumTo(gradientB, b.shape)]
  })
  return result
}

function lastTwo(x: Tensor, transposed: boolean): readonly [Dim, Dim] {
  const rows = x.shape.at(-2) as Dim
  const columns = x.shape.at(-1) as Dim
  return transposed ? [columns, rows] : [rows, columns]
}

/** Inner product over the last axis of two tensors of one shape, `[..., d]` to `[...]`. */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (!sameShape(a.shape, b.shape)) throw shapeError('dot', 'shapes must be equal', [a.shape, b.shape])
  const leading = a.shape.slice(0, -1)
  const product = emit('Mul', [a, b], a.shape)
  const axis = a.graph.constant(BigInt64Array.of(-1n), 'int64', [1])
  const result = emit('ReduceSum', [product, axis], leading, { attributes: { keepdims: 0 } })
  a.graph.differentiable([a, b], [result], ([g]) => {
    const column = reshape(g as Tensor, [...leading, 1])
    return [mul(b, column), mul(a, column)]
  })
  return result
}

/**
 * `x w + bias` over the last axis of `x`: `[..., in]` with `w` `[in, out]` gives `[..., out]`.
 * All leading axes are one axis of the product, so that it is a single Gemm.
 */
export function affine(x: Tensor, w: Tensor, bias?: Tensor): Tensor {
  const [inputs, outputs] = [w.shape[0] as Dim, w.shape[1] as Dim]
  if (w.shape.length !== 2 || x.shape.length < 1 || !sameDim(x.shape.at(-1) as Dim, inputs)) {
    throw shapeError('affine', 'the last axis does not fit the weight', [x.shape, w.shape])
  }
  if (bias && !(bias.shape.length === 1 && sameDim(bias.shape[0] as Dim, outputs))) {
    throw shapeError('affine', 'the bias does not fit the weight', [w.shape, bias.shape])
  }
  const leading = x.shape.slice(0, -1)
  const flat = reshape(x, [sizeOf(leading), inputs])
  const product = gemm(flat, w, bias)
  return reshape(product, [...leading, outputs])
}

function gemm(x: Tensor, w: Tensor, bias: Tensor | undefined): Tensor {
  if (!bias) return matmul(x, w)
  const result = emit('Gemm', [x, w, bias], [x.shape[0] as Dim, w.shape[1] as Dim])
  x.graph.differentiable([x, w, bias], [result], ([g]) => {
    const gradient = g as Tensor
    return [
      matmul(gradient, w, { transposeB: true }),
      matmul(x, gradient, { transposeA: true }),
      sumTo(gradient, bias.shape),
    ]
  })
  return result
}
