import {
  batchDim,
  createTrace,
  Scope,
  toOnnx,
  type OnnxModel,
  type ParameterStore,
  type Recommender,
} from '@veilrec/core'

/**
 * User vectors of histories as an ONNX model whose parameters are inputs, so that several such models share one set of them:
 * input `history`, int32 `[batch, time]`, padded with 0 on the right; output `vectors`, float32 `[batch, dimension]`.
 */
export function historyGraph(
  store: ParameterStore,
  userVectors: Recommender['userVectors'],
  time: number,
): OnnxModel {
  const trace = createTrace(store, { training: false, lazyTables: false })
  const scope = new Scope(trace)
  const vectors = userVectors(scope, scope.input('history', 'int32', [batchDim, time]))
  return toOnnx(trace.graph, [vectors], { outputNames: ['vectors'] })
}
