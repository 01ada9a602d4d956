import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '@shared/rng'
import { leastPoints, trendAtEnd } from '@shared/statistics/trend'

type Points = [step: number, value: number][]

/** Newey and West as a sandwich of 2 x 2 matrices over intercept and slope, with steps as they are. */
function sandwich(points: Points, lags: number): { slope: number; error: number } {
  const n = points.length
  const scale = 1 / Math.max(...points.map(([x]) => x))
  const rows = points.map(([x, y]) => ({ x: x * scale, y }))
  const [sx, sxx] = [rows.reduce((a, { x }) => a + x, 0), rows.reduce((a, { x }) => a + x * x, 0)]
  const [sy, sxy] = [
    rows.reduce((a, { y }) => a + y, 0),
    rows.reduce((a, { x, y }) => a + x * y, 0)
  ]
  const det = n * sxx - sx * sx
  const inverse = [
    [sxx / det, -sx / det],
    [-sx / det, n / det]
  ]
  const [b0, b1] = [(sxx * sy - sx * sxy) / det, (n * sxy - sx * sy) / det]
  const h = rows.map(({ x, y }) => [y - b0 - b1 * x, (y - b0 - b1 * x) * x])
  const meat = [
    [0, 0],
    [0, 0]
  ]
  for (let s = 0; s < n; s++) {
    for (let t = 0; t < n; t++) {
      const weight = Math.abs(s - t) > lags ? 0 : 1 - Math.abs(s - t) / (lags + 1)
      for (const i of [0, 1]) for (const j of [0, 1]) meat[i]![j]! += weight * h[s]![i]! * h[t]![j]!
    }
  }
  let variance = 0
  for (const i of [0, 1]) {
    for (const j of [0, 1]) variance += inverse[1]![i]! * meat[i]![j]! * inverse[j]![1]!
  }
  return { slope: b1 * scale, error: Math.sqrt((variance * n) / (n - 2)) * scale }
}

describe('the trend at the end of a curve', () => {
  it('equals least squares with a Newey-West sandwich', () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: leastPoints,
      maxLength: 40
    })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 500 }), (noise, every) => {
        const points = noise.map((y, i): [number, number] => [(i + 1) * every, y])
        const lags = Math.floor(4 * (points.length / 100) ** (2 / 9))
        const { slope, error } = sandwich(points, lags)
        const found = trendAtEnd(points, 1)!
        const span = found.to - found.from
        expect(found.change).toBeCloseTo(slope * span, 9)
        // The width at another level: t quantiles cancel between the two.
        const narrow = trendAtEnd(points, 1, 0.5)!
        expect((found.high - found.low) * (narrow.high - narrow.low)).toBeGreaterThanOrEqual(0)
        const t = { 6: 2.446911848791681, 8: 2.306004135204166, 18: 2.10092204024096 }
        const known = t[(points.length - 2) as keyof typeof t]
        if (known !== undefined) {
          expect(found.high - found.change).toBeCloseTo(known * error * span, 8)
        }
      }),
      { seed: 2, numRuns: 200 }
    )
  })

  it('looks at the last part alone, and leaves out what is no number', () => {
    const points: [number, number | null][] = [
      [1, 5],
      [2, 9],
      [60, 0]
    ]
    for (let step = 75; step <= 100; step += 2.5) points.push([step, step / 10])
    points.push([100, null])
    const found = trendAtEnd(points, 0.25)!
    expect(found).toMatchObject({ n: 11, from: 75, to: 100 })
    expect(found.change).toBeCloseTo(2.5, 12)
    expect(found.low).toBeCloseTo(2.5, 9)
    // A window of too few is widened; a curve of too few says nothing.
    expect(trendAtEnd(points, 0.05)).toMatchObject({ n: leastPoints, from: 82.5 })
    expect(trendAtEnd(points.slice(0, 7), 1)).toBeNull()
    expect(trendAtEnd([], 1)).toBeNull()
  })

  it('of noise alone is rarely told from 0', () => {
    const rng = createRng(5, 'noise')
    let told = 0
    for (let i = 0; i < 400; i++) {
      const points = Array.from({ length: 30 }, (_, k): [number, number] => [k + 1, rng.normal()])
      const { low, high } = trendAtEnd(points, 1)!
      if (low > 0 || high < 0) told++
    }
    // Nominally a twentieth; with 30 points this estimate is known to be somewhat too narrow.
    expect(told / 400).toBeLessThan(0.12)
    expect(told).toBeGreaterThan(0)
  })
})
