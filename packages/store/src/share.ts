/**
 * Copies numbers or bytes into memory that all threads see, so that they cross to another one without being copied again, and are still
 * here should it fail. Nobody may change them any more.
 */
export function share({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array | Float64Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(byteLength);
  new Uint8Array(shared).set(new Uint8Array(buffer, byteOffset, byteLength));
  return shared;
}
