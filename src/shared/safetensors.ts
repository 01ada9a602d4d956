/**
 * Writing the safetensors format (huggingface/safetensors, README "Format"): eight bytes of header length, a JSON
 * header, then the tensors' bytes without holes, little-endian. Reading, which must distrust what it reads, is
 * src/main/trainer/safetensors.ts.
 */

export interface StoredTensor {
  readonly shape: readonly number[]
  /** Half precisions are widened to float32, integers to int32, 64-bit integers to float64 where that is exact. */
  readonly values: Float32Array | Float64Array | Int32Array
}

/**
 * The bytes of a file as chunks to be written one after the other; tensor data is not copied. Wider elements come
 * first, so that all data is aligned; among equals the given order is kept.
 */
export function writeSafetensors(
  tensors: Iterable<readonly [name: string, tensor: StoredTensor]>,
  metadata: Readonly<Record<string, string>> = {}
): Uint8Array[] {
  const ordered = [...tensors].sort(
    ([, a], [, b]) => b.values.BYTES_PER_ELEMENT - a.values.BYTES_PER_ELEMENT
  )
  const header = new Map<string, unknown>([['__metadata__', metadata]])
  let end = 0
  for (const [name, { shape, values }] of ordered) {
    if (header.has(name)) throw new Error(`two tensors are named ${name}`)
    if (values.length !== shape.reduce((product, n) => product * n, 1)) {
      throw new Error(`${name}: ${values.length} values for shape [${shape.join(', ')}]`)
    }
    const begin = end
    end += values.byteLength
    header.set(name, { dtype: dtypeOf(values), shape, data_offsets: [begin, end] })
  }
  // Object.fromEntries defines own properties, so a tensor may be named __proto__.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const padded = Math.ceil(json.length / 8) * 8
  const head = new Uint8Array(8 + padded).fill(0x20) // trailing spaces align the data
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(json, 8)
  const data = ordered.map(
    ([, { values }]) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  )
  return [head, ...data]
}

function dtypeOf(values: StoredTensor['values']): string {
  if (values instanceof Float32Array) return 'F32'
  return values instanceof Float64Array ? 'F64' : 'I32'
}
