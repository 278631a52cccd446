export { multiHeadAttention, type AttentionOptions } from './attention.js'
export { convolution, type ConvolutionOptions } from './convolution.js'
export { embeddingTable, lazyTableValues, type EmbeddingOptions } from './embedding.js'
export {
  activations,
  feedForward,
  mlp,
  type Activation,
  type FeedForwardOptions,
  type MlpOptions,
} from './feed-forward.js'
export { gru } from './gru.js'
export { linear, type LinearOptions } from './linear.js'
export { batchNorm, layerNorm, rmsNorm, updateRunningStatistics } from './norm.js'
export {
  relativePositionBias,
  relativePositionBucket,
  type RelativePositionOptions,
} from './relative-position-bias.js'
