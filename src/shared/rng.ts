/**
 * The seeded generator behind every random draw: sfc32 (Chris Doty-Humphrey, PractRand), seeded as PractRand
 * does: a = 0, b = the seed, c = the label's FNV-1a hash, counter = 1, then 12 words are discarded. Different
 * seeds therefore never share a stream of one label. Only 32-bit integer operations decide the stream, so it is
 * equal on every machine. The state is four integers and can be stored: a resumed run continues the very stream.
 */
export type RngState = readonly [number, number, number, number]

export interface Rng {
  /** Uniform integer in [0, 2^32). */
  uint32(): number
  /** Uniform in [0, 1), 53 random bits. */
  uniform(): number
  /** Standard normal (Marsaglia's polar method; nothing is kept between calls, so the state is the whole state). */
  normal(): number
  /** Uniform integer in [0, n), without modulo bias; `n` is an integer in 1..2^32. */
  int(n: number): number
  /** Random permutation of 0..n-1 (Fisher-Yates). */
  permutation(n: number): Int32Array
  /** A rising sample of k distinct integers of 0..n-1, uniform over subsets (Floyd's algorithm); n < 2^31. */
  sample(n: number, k: number): Int32Array
  state(): RngState
}

/**
 * A generator for a seed, an integer in 0..2^32-1. The label names the use (`'init'`, `'order'`), so that two
 * uses of one seed draw from independent streams and adding draws to one never shifts the other.
 */
export function createRng(seed: number, label = ''): Rng {
  const rng = rngFrom([0, seed | 0, fnv1a(label) | 0, 1])
  for (let i = 0; i < 12; i++) rng.uint32()
  return rng
}

/** A generator that continues from a stored state. */
export function rngFrom(state: RngState): Rng {
  let [a, b, c, counter] = state

  function uint32(): number {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return t >>> 0
  }

  function uniform(): number {
    const high = uint32() >>> 5 // 27 bits
    const low = uint32() >>> 6 // 26 bits
    return (high * 67108864 + low) / 9007199254740992
  }

  function normal(): number {
    for (;;) {
      const u = 2 * uniform() - 1
      const v = 2 * uniform() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s)
    }
  }

  function int(n: number): number {
    if (!(Number.isInteger(n) && n >= 1 && n <= 4294967296)) throw new RangeError(`int(${n})`)
    const limit = 4294967296 - (4294967296 % n)
    for (;;) {
      const x = uint32()
      if (x < limit) return x % n
    }
  }

  function permutation(n: number): Int32Array {
    const p = Int32Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = int(i + 1)
      const held = p[i]!
      p[i] = p[j]!
      p[j] = held
    }
    return p
  }

  function sample(n: number, k: number): Int32Array {
    if (!(Number.isInteger(k) && k >= 0 && k <= n)) throw new RangeError(`sample of ${k} from ${n}`)
    // Both ways make the same draws and give the same sample; bits are faster, a set is small where k is.
    return k > n / 64 ? sampleByBits(n, k) : sampleBySet(n, k)
  }

  function sampleBySet(n: number, k: number): Int32Array {
    const chosen = new Set<number>()
    for (let j = n - k; j < n; j++) {
      const t = int(j + 1)
      chosen.add(chosen.has(t) ? j : t)
    }
    return Int32Array.from(chosen).sort()
  }

  function sampleByBits(n: number, k: number): Int32Array {
    const chosen = new Uint8Array(Math.ceil(n / 8))
    for (let j = n - k; j < n; j++) {
      const t = int(j + 1)
      const pick = (chosen[t >>> 3]! >>> (t & 7)) & 1 ? j : t
      chosen[pick >>> 3]! |= 1 << (pick & 7)
    }
    const sorted = new Int32Array(k)
    for (let i = 0, at = 0; at < k; i++) {
      if ((chosen[i >>> 3]! >>> (i & 7)) & 1) sorted[at++] = i
    }
    return sorted
  }

  return {
    uint32,
    uniform,
    normal,
    int,
    permutation,
    sample,
    state: () => [a, b, c, counter]
  }
}

/** FNV-1a, 32 bits, over the low bytes of the label's characters. */
function fnv1a(label: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < label.length; i++) h = Math.imul(h ^ (label.charCodeAt(i) & 255), 0x01000193)
  return h >>> 0
}
