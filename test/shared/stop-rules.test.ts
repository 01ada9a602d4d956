import { describe, expect, it } from 'vitest'
import type { BudgetConfig } from '@shared/config'
import type { AccuracyCurve } from '@shared/milestones'
import { stopReason } from '@shared/stop-rules'

const every100 = (...values: number[]) => values.map((v, i) => [100 * i, v] as const)
const train: AccuracyCurve = {
  split: 'train',
  role: 'train',
  points: every100(1, 1, 1, 1, 1, 1, 1)
}
const iid: AccuracyCurve = {
  split: 'iid',
  role: 'iid',
  points: every100(0, 0.96, 1, 1, 1, 1, 1, 1)
}
const ood: AccuracyCurve = {
  split: 'ood',
  role: 'ood',
  points: every100(0, 0, 0, 0.96, 1, 1, 1, 1)
}
const budget: BudgetConfig = {
  ...{ steps: 10000, margin: 250, target: 0.99 },
  stop: 'generalised',
  tests: 'every'
}

/** The first evaluation at which a run would end, told of no later one. */
function stopsAt(over: Partial<BudgetConfig>, ...curves: AccuracyCurve[]): number | null {
  for (let n = 1; n <= 8; n++) {
    const known = curves.map((curve) => ({ ...curve, points: curve.points.slice(0, n) }))
    if (stopReason({ ...budget, ...over }, known, 100 * (n - 1)) !== null) return 100 * (n - 1)
  }
  return null
}

describe('stop rules', () => {
  it('end a run at the first evaluation past generalisation and margin', () => {
    // Generalised at 100 and 300, known at 300 and 500.
    expect(stopsAt({}, train, iid)).toBe(400)
    expect(stopsAt({}, train, iid, ood)).toBe(600)
    expect(stopsAt({ margin: 0 }, train, iid, ood)).toBe(500)
    expect(stopsAt({ tests: 'any' }, train, iid, ood)).toBe(400)
  })

  it('end a run that holds its target', () => {
    expect(stopsAt({ stop: 'target' }, train, iid, ood)).toBe(600)
    expect(stopsAt({ stop: 'target', tests: 'any' }, train, iid, ood)).toBe(400)
  })

  it('never end it otherwise, however flat its curves are', () => {
    expect(stopsAt({ stop: 'never' }, train, iid, ood)).toBeNull()
    const flat = { ...ood, points: every100(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5) }
    expect(stopsAt({}, train, flat)).toBeNull()
    expect(stopsAt({}, train)).toBeNull()
  })

  it('say why', () => {
    expect(stopReason(budget, [train, iid], 700)).toBe(
      'the test generalised at step 100, and 250 steps passed'
    )
    expect(stopReason({ ...budget, stop: 'target' }, [iid, ood], 700)).toBe(
      'all tests reached accuracy 0.99 at step 400'
    )
  })
})
