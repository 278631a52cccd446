/** `[length]` zeros on memory that workers can share. */
export function sharedInt32(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length))
}

/** `[length]` zeros on memory that workers can share. */
export function sharedInt16(length: number): Int16Array {
  return new Int16Array(new SharedArrayBuffer(2 * length))
}

/** `[length]` zeros on memory that workers can share. */
export function sharedUint8(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length))
}
