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
