/** Against reference values that were computed with explicit p² by p² projections (test/fixtures/parity). */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  additionLoss,
  embeddingSpectrum,
  gini,
  keyFrequencies,
  progressMeasures,
  sumByAnswer,
  sumCoefficients,
  sumPower
} from '../../../src/main/trainer/fourier'
import { loadSafetensors } from '../../../src/main/trainer/safetensors'

interface Embedding {
  constant_power: number
  power: number[]
  gini_power: number
  gini_component_norm: number
}
interface Losses {
  p: number
  key: number[]
  full_loss_all: number
  full_loss_train: number
  restricted_loss_all: number
  excluded_loss_train: number
  embedding: Embedding
}
type Reference = Losses & {
  train_rows: number[]
  coefficients: number[][]
  large: Losses & { d: number; hash: number[]; train_rule: number[]; train_pairs: number }
}
const at = (file: string): string =>
  fileURLToPath(new URL(`../../fixtures/parity/fourier/${file}`, import.meta.url))
const reference = JSON.parse(readFileSync(at('expected.json'), 'utf8')) as Reference
const stored = loadSafetensors(at('data.safetensors')).tensors

/** Relative, as the reference's README states for float64 data. */
function expectEqual(got: number, wanted: number): void {
  expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted))
}

function expectLosses(wanted: Losses, logits: ArrayLike<number>, trainRows: number[]): void {
  const { p, key } = wanted
  const given = { p, classes: p, logits }
  expectEqual(additionLoss(given), wanted.full_loss_all)
  expectEqual(additionLoss(given, trainRows), wanted.full_loss_train)
  const { restricted, excluded } = progressMeasures(given, key, trainRows)
  expectEqual(restricted, wanted.restricted_loss_all)
  expectEqual(excluded, wanted.excluded_loss_train)
}

function expectSpectrum(wanted: Embedding, W_E: ArrayLike<number>, p: number, d: number): void {
  const { constant, power, norms } = embeddingSpectrum(W_E, p, d)
  expectEqual(constant, wanted.constant_power)
  expect(power).toHaveLength(wanted.power.length)
  power.forEach((value, i) => expectEqual(value, wanted.power[i]!))
  expectEqual(gini(power), wanted.gini_power)
  expectEqual(gini(norms), wanted.gini_component_norm)
}

describe('progress measures of modular addition', () => {
  it('equal the reference for p = 13', () => {
    const { p, key, train_rows, coefficients, embedding } = reference
    const logits = stored.get('logits')!.values
    expectLosses(reference, logits, train_rows)
    const found = sumCoefficients(sumByAnswer({ p, classes: p, logits }), p, key)
    found
      .flatMap(({ cos, sin }) => [cos, sin])
      .forEach((list, i) => list.forEach((value, c) => expectEqual(value, coefficients[i]![c]!)))
    const W_E = stored.get('W_E')!
    expectSpectrum(embedding, W_E.values, p, W_E.shape[1]!)
  })

  it('equal the reference for p = 113, from its integer formulas', () => {
    const { large } = reference
    const { p, d, key, hash, train_rule, train_pairs } = large
    const [h1, h2, h3, h4, h5, h6, m] = hash as [
      number,
      number,
      number,
      number,
      number,
      number,
      number
    ]
    const logits = new Float64Array(p * p * p)
    const trainRows: number[] = []
    for (let a = 0; a < p; a++) {
      for (let b = 0; b < p; b++) {
        const [t1, t2, t3, t4] = train_rule as [number, number, number, number]
        if ((t1 * a + t2 * b) % t3 < t4) trainRows.push(a * p + b)
        for (let c = 0; c < p; c++) {
          const h = (h1 * a + h2 * b + h3 * c + h4 * a * b + h5 * b * c + h6 * a * c) % m
          const clock = key.reduce(
            (sum, k) => sum + Math.cos((2 * Math.PI * k * (a + b - c)) / p),
            0
          )
          logits[(a * p + b) * p + c] = (h / m) * 4 - 2 + 0.5 * clock
        }
      }
    }
    expect(trainRows).toHaveLength(train_pairs)
    expectLosses(large, logits, trainRows)

    const W_E = Float64Array.from({ length: p * d }, (_, at) => {
      const [i, j] = [Math.floor(at / d), at % d]
      const h = (h1 * i + h2 * j + h4 * i * j) % m
      return (h / m) * 2 - 1 + Math.cos((2 * Math.PI * key[0]! * i) / p)
    })
    expectSpectrum(large.embedding, W_E, p, d)
  })

  it('of logits that add by the clock find its frequencies, all of the loss in them', () => {
    const [p, key] = [23, [3, 8]]
    const logits = new Float64Array(p * p * p)
    for (let row = 0; row < p * p; row++) {
      const s = Math.floor(row / p) + (row % p)
      for (let c = 0; c < p; c++) {
        for (const k of key) logits[row * p + c]! += 9 * Math.cos((2 * Math.PI * k * (s - c)) / p)
      }
    }
    const given = { p, classes: p, logits }
    const power = sumPower(sumByAnswer(given), p)
    expect(keyFrequencies(power).sort((a, b) => a - b)).toEqual(key)
    const { restricted, excluded } = progressMeasures(given, key, [0, 5, 40])
    expect(restricted).toBeCloseTo(additionLoss(given), 10)
    // Without the clock nothing is left: every residue is as likely as any other.
    expect(excluded).toBeCloseTo(Math.log(p), 10)
  })
})

describe('the Gini coefficient', () => {
  it('equals its definition over all pairs', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (values) => {
          const n = values.length
          const mean = values.reduce((a, b) => a + b, 0) / n
          fc.pre(mean > 1e-6)
          let pairs = 0
          for (const x of values) for (const y of values) pairs += Math.abs(x - y)
          expect(gini(values)).toBeCloseTo(pairs / (2 * n * n * mean), 9)
        }
      )
    )
  })

  it('is 0 for equal values and for none at all', () => {
    expect(gini([2, 2, 2])).toBe(0)
    expect(gini([0, 0])).toBe(0)
    expect(gini([0, 0, 0, 1])).toBeCloseTo(0.75, 12)
  })
})
