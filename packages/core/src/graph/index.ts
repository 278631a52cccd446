export { BoundedCache, type Releasable } from './bounded-cache.js'
export { differentiate, gradients, type Gradient } from './differentiate.js'
export { fillDropoutMask } from './dropout-mask.js'
export { Graph, type Attribute, type GraphNode, type IndexedSlices } from './graph.js'
export { allocate, type HostArray, type HostTensor } from './host-tensor.js'
export * from './initializers.js'
export { opsetVersion, prune, toOnnx, type OnnxModel, type OnnxOptions } from './onnx.js'
export * as ops from './ops/index.js'
export {
  createUpdateRule,
  optimizerSchema,
  type OptimizerConfig,
  type UpdateRule,
} from './optimizers/optimizer.js'
export { OptimizerState } from './optimizers/optimizer-state.js'
export { ParameterStore, type Parameter, type ParameterOptions } from './parameter-store.js'
export { Program, type ProgramOptions } from './program.js'
export { accumulateRows, rowBucket, RowIndex } from './row-index.js'
export type { Runtime, Session, SessionOptions } from './runtime.js'
export { createTrace, Scope, type Trace } from './scope.js'
export { batchDim, formatShape, type Dim, type Shape, type SymbolicDim } from './shape.js'
export type { DType, Tensor } from './tensor.js'
export { TrainingStep, type Objective, type TrainingStepOptions } from './training-step.js'
