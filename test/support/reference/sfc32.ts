/**
 * sfc32 and FNV-1a written a second time, in BigInt from their definitions, for tests of src/shared/rng.ts:
 * slow, and without any 32-bit trick that could hide an overflow.
 */
const word = 1n << 32n

export class Sfc32 {
  private a = 0n
  private b: bigint
  private c: bigint
  private counter = 1n

  constructor(seed: number, label: string) {
    this.b = BigInt(seed)
    this.c = fnv1a(label)
    for (let i = 0; i < 12; i++) this.next()
  }

  next(): number {
    const t = (this.a + this.b + this.counter) % word
    this.counter = (this.counter + 1n) % word
    this.a = this.b ^ (this.b / 2n ** 9n)
    this.b = (this.c * 9n) % word
    const rotated = ((this.c * 2n ** 21n) % word) + this.c / 2n ** 11n
    this.c = (rotated + t) % word
    return Number(t)
  }

  /** Uniform in 0..n-1: words past the last whole multiple of n are drawn again. */
  below(n: number): number {
    for (;;) {
      const x = this.next()
      if (x < Math.floor(2 ** 32 / n) * n) return x % n
    }
  }

  /** Floyd's sampling: for j = n-k .. n-1 take a number of 0..j, or j itself if that number is taken. */
  sample(n: number, k: number): number[] {
    const taken: number[] = []
    for (let j = n - k; j < n; j++) {
      const t = this.below(j + 1)
      taken.push(taken.includes(t) ? j : t)
    }
    return taken.sort((x, y) => x - y)
  }
}

export function fnv1a(text: string): bigint {
  let h = 2166136261n
  for (const byte of Buffer.from(text, 'latin1')) h = ((h ^ BigInt(byte)) * 16777619n) % word
  return h
}
