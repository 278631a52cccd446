import type { Graph } from './graph.js'
import type { Shape } from './shape.js'

/** Element types that graphs use. Training is float32; float64 exists for export and tests. */
export type DType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool' | 'uint8'

/** A symbolic value of a {@link Graph}: a name, a shape and an element type, no data. */
export interface Tensor {
  readonly graph: Graph
  /** Unique within the graph; the name in the ONNX file. */
  readonly name: string
  readonly shape: Shape
  readonly dtype: DType
}
