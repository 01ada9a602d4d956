import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng, rngFrom } from '@shared/rng'
import { fnv1a, Sfc32 } from '../support/reference/sfc32'

const seeds = fc.integer({ min: 0, max: 4294967295 })
const labels = fc.constantFrom('', 'init', 'order', 'order/12', 'knowledge')

describe('words', () => {
  test('FNV-1a of the reference gives the published vectors', () => {
    expect(fnv1a('')).toBe(0x811c9dc5n)
    expect(fnv1a('a')).toBe(0xe40c292cn)
    expect(fnv1a('foobar')).toBe(0xbf9cf968n)
  })

  test('equal a BigInt sfc32 for any seed and label', () => {
    fc.assert(
      fc.property(seeds, labels, (seed, label) => {
        const rng = createRng(seed, label)
        const reference = new Sfc32(seed, label)
        for (let i = 0; i < 50; i++) expect(rng.uint32()).toBe(reference.next())
      })
    )
  })

  test('differ between seeds and between labels', () => {
    const first = (seed: number, label: string): string => {
      const rng = createRng(seed, label)
      return [rng.uint32(), rng.uint32()].join()
    }
    const streams = ['init', 'order'].flatMap((label) =>
      Array.from({ length: 500 }, (_, seed) => first(seed, label))
    )
    expect(new Set(streams).size).toBe(1000)
  })

  test('continue from a stored state, also as JSON', () => {
    fc.assert(
      fc.property(seeds, fc.nat(40), (seed, steps) => {
        const rng = createRng(seed, 'init')
        for (let i = 0; i < steps; i++) rng.normal()
        const resumed = rngFrom(JSON.parse(JSON.stringify(rng.state())) as never)
        const draw = (r: typeof rng): unknown[] => [
          r.uint32(),
          r.uniform(),
          r.normal(),
          ...r.sample(9, 4)
        ]
        expect(draw(resumed)).toEqual(draw(rng))
      })
    )
  })
})

describe('int', () => {
  test('equals the reference, which rejects instead of folding', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4294967295 }), (seed, n) => {
        const rng = createRng(seed)
        const reference = new Sfc32(seed, '')
        for (let i = 0; i < 20; i++) expect(rng.int(n)).toBe(reference.below(n))
      })
    )
  })

  test('covers the whole range of 2^32', () => {
    const words = createRng(3)
    const ints = createRng(3)
    expect(ints.int(4294967296)).toBe(words.uint32())
  })

  test.each([0, -1, 1.5, NaN, 4294967297])('refuses a range of %d', (n) => {
    expect(() => createRng(1).int(n)).toThrow(RangeError)
  })

  test('is uniform: chi-squared over ten cells stays below its 0.999999 quantile', () => {
    const rng = createRng(7, 'chi')
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 100_000; i++) counts[rng.int(10)]!++
    const chi2 = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)
    expect(chi2).toBeLessThan(45.1) // 9 degrees of freedom
  })
})

describe('real numbers', () => {
  test('uniform lies in [0, 1) and has 53 bits', () => {
    const rng = createRng(11)
    const reference = new Sfc32(11, '')
    for (let i = 0; i < 1000; i++) {
      const bits = BigInt(reference.next() >>> 5) * 2n ** 26n + BigInt(reference.next() >>> 6)
      const x = rng.uniform()
      expect(x).toBe(Number(bits) / 2 ** 53)
      expect(x).toBeLessThan(1)
    }
  })

  test('normal has mean 0, variance 1 and kurtosis 3 within six standard errors', () => {
    const rng = createRng(5, 'normal')
    const n = 200_000
    let [m1, m2, m4] = [0, 0, 0]
    for (let i = 0; i < n; i++) {
      const x = rng.normal()
      m1 += x / n
      m2 += x ** 2 / n
      m4 += x ** 4 / n
    }
    expect(Math.abs(m1)).toBeLessThan(6 / Math.sqrt(n))
    expect(Math.abs(m2 - 1)).toBeLessThan(6 * Math.sqrt(2 / n))
    expect(Math.abs(m4 - 3)).toBeLessThan(6 * Math.sqrt(96 / n))
  })
})

describe('permutation and sample', () => {
  test('a permutation holds every number once, and all orders of three are equally likely', () => {
    fc.assert(
      fc.property(seeds, fc.nat(300), (seed, n) => {
        const p = createRng(seed).permutation(n)
        expect([...p].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      })
    )
    const rng = createRng(1, 'orders')
    const counts = new Map<string, number>()
    for (let i = 0; i < 60_000; i++) {
      const key = rng.permutation(3).join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const n of counts.values()) expect(Math.abs(n - 10_000)).toBeLessThan(6 * 92)
  })

  test('a sample rises, is distinct, and equals the reference whichever way it is drawn', () => {
    fc.assert(
      fc.property(
        seeds,
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1 }),
        (seed, n, x) => {
          const k = Math.floor((Number.isNaN(x) ? 1 : x) ** 4 * n) // small and large shares of n
          expect([...createRng(seed, 'train').sample(n, k)]).toEqual(
            new Sfc32(seed, 'train').sample(n, k)
          )
        }
      )
    )
  })

  test('a sample of everything is everything, of nothing empty, of more a RangeError', () => {
    expect([...createRng(1).sample(70, 70)]).toEqual(Array.from({ length: 70 }, (_, i) => i))
    expect(createRng(1).sample(5, 0)).toHaveLength(0)
    expect(createRng(1).sample(0, 0)).toHaveLength(0)
    expect(() => createRng(1).sample(3, 4)).toThrow(RangeError)
  })

  test('every subset of two of four is equally likely', () => {
    const rng = createRng(2, 'subsets')
    const counts = new Map<string, number>()
    for (let i = 0; i < 60_000; i++) {
      const key = rng.sample(4, 2).join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const n of counts.values()) expect(Math.abs(n - 10_000)).toBeLessThan(6 * 92)
  })
})
