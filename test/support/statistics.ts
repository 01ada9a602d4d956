/** Whether drawn numbers come from the distribution they should: five standard errors of each estimate. */
import { expect } from 'vitest'

export function expectNormal(values: Float32Array, std: number, name: string): void {
  const { mean, square } = moments(values)
  const n = values.length
  expect(Math.abs(mean), `mean of ${name}`).toBeLessThan((5 * std) / Math.sqrt(n))
  // The fourth moment tells a normal distribution (3) from a uniform one (1.8).
  expect(Math.abs(square / std ** 2 - 1), `variance of ${name}`).toBeLessThan(5 * Math.sqrt(2 / n))
  const fourth = values.reduce((sum, x) => sum + x ** 4, 0) / n / std ** 4
  expect(Math.abs(fourth - 3), `fourth moment of ${name}`).toBeLessThan(5 * Math.sqrt(96 / n))
}

/** Uniform between -limit and limit. */
export function expectUniform(values: Float32Array, limit: number, name: string): void {
  const { mean, square } = moments(values)
  const n = values.length
  const std = limit / Math.sqrt(3)
  expect(Math.abs(mean), `mean of ${name}`).toBeLessThan((5 * std) / Math.sqrt(n))
  expect(Math.abs(square / std ** 2 - 1), `variance of ${name}`).toBeLessThan(
    5 * Math.sqrt(0.8 / n)
  )
  const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  expect(largest, `largest of ${name}`).toBeLessThanOrEqual(limit * (1 + 1e-6))
  expect(largest, `largest of ${name}`).toBeGreaterThan(limit * (1 - 20 / n))
}

export function expectAll(values: Float32Array, value: number, name: string): void {
  expect([...new Set(values)], name).toEqual([Math.fround(value)])
}

function moments(values: Float32Array): { mean: number; square: number } {
  const n = values.length
  return {
    mean: values.reduce((a, b) => a + b, 0) / n,
    square: values.reduce((a, b) => a + b * b, 0) / n
  }
}
