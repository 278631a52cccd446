/** Version of the installed ONNX Runtime for Node; loads its native library. */
export async function ortVersion(): Promise<string> {
  const ort = await import('onnxruntime-node')
  return ort.env.versions.node ?? ort.env.versions.common
}
