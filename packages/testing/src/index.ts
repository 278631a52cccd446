export { classMeanVeil } from './class-mean-veil.js'
export {
  checkGradient,
  checkGraphGradient,
  type GradientCheck,
  type GradientCheckOptions,
} from './check-gradient.js'
export { checkLayer, type LayerCheckOptions } from './check-layer.js'
export { checkObjective } from './check-objective.js'
export { distance, type Distance } from './distance.js'
export { booleans, floats, integers, normals, randomIntegers, type TypedHostTensor } from './host-values.js'
export { interpret } from './interpreter/interpret.js'
export { type Value } from './interpreter/value.js'
export { matchers, type Tolerance } from './matchers.js'
export { runGraph } from './run-graph.js'
export { veilConformance, type VeilPromise, type VeilSubject } from './veil-conformance.js'
