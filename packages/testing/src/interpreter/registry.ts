import { convolutionOperators } from './convolution.js'
import { elementwiseOperators } from './elementwise.js'
import { indexingOperators } from './indexing.js'
import { linearAlgebraOperators } from './linear-algebra.js'
import { normalizationOperators } from './normalization.js'
import type { Operator } from './operator.js'
import { reductionOperators } from './reduction.js'
import { shapingOperators } from './shaping.js'

/** Every operator the interpreter knows, by name; those outside standard ONNX with their domain. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  [
    convolutionOperators,
    elementwiseOperators,
    indexingOperators,
    linearAlgebraOperators,
    normalizationOperators,
    reductionOperators,
    shapingOperators,
  ].flatMap((family) => Object.entries(family)),
)
