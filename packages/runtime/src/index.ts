export { resolveHome, type Environment } from './home.js'
export { writeFileAtomic, type FileContent } from './atomic-file.js'
export { decodeNpy, encodeNpy, readNpy, writeNpy } from './npy.js'
export {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
  type SafetensorsContent,
} from './safetensors.js'
export { type NumericArray, type StoredTensor } from './stored-tensor.js'
export { createOrtRuntime, listProviders, onnxRuntimeVersion, type OrtRuntimeOptions } from './ort-runtime.js'
export { resolveQuery, type KnownPeople, type RecommendQuery, type ResolvedQuery } from './recommend-query.js'
export {
  BundleEngine,
  listForEverybody,
  type ItemChoice,
  type RankedRow,
  type RankRow,
} from './bundle/bundle-engine.js'
export {
  bundleFormatVersion,
  bundleManifestFile,
  sealManifest,
  type AuditedFigures,
  type BundleManifest,
  type BundleVeilManifest,
  type HistoryGraph,
} from './bundle/bundle-manifest.js'
export { type BundleCatalogue } from './bundle/catalogue.js'
export {
  isBundle,
  readBundle,
  readBundleManifest,
  type Bundle,
  type BundleModel,
  type KnownUsers,
} from './bundle/read-bundle.js'
export { bundlePropertyColumn } from './bundle/read-tables.js'
export {
  BundleRecommender,
  recommendFromBundle,
  type BundleItem,
  type BundleRecommendation,
  type RecommendFromBundleRequest,
} from './bundle/recommend-from-bundle.js'
export { selfCheckResult, type SelfCheck, type SelfCheckResult } from './bundle/self-check.js'
