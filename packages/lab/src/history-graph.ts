import {
  createTrace,
  Scope,
  toOnnx,
  type OnnxModel,
  type ParameterStore,
  type Recommender,
} from '@veilrec/core'

/**
 * Histories of every run of a served graph. A number that is fixed lets the engine compute what it does in training and
 * evaluation, to the last bit; of one row alone the last bits differ. More than two are not faster: the values of two long
 * histories fill the cache of a core as it is.
 */
export const historyRows = 2

/**
 * User vectors of histories as an ONNX model whose parameters are inputs, so that several such models share one set of them:
 * input `history`, int32 `[historyRows, time]`, padded with 0 on the right; output `vectors`, float32 `[historyRows, dimension]`.
 */
export function historyGraph(
  store: ParameterStore,
  userVectors: Recommender['userVectors'],
  time: number,
): OnnxModel {
  const trace = createTrace(store, { training: false, lazyTables: false })
  const scope = new Scope(trace)
  const vectors = userVectors(scope, scope.input('history', 'int32', [historyRows, time]))
  return toOnnx(trace.graph, [vectors], { outputNames: ['vectors'] })
}
