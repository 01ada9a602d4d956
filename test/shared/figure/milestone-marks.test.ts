import { describe, expect, it } from 'vitest'
import { milestonesOf } from '@shared/milestones'
import { milestoneMarks, noMarks, placeBracket } from '@shared/figure/milestone-marks'
import { splitStyles } from '@shared/figure/split-styles'

const every100 = (...values: number[]) => values.map((v, i) => [100 * i, v] as const)
const milestones = milestonesOf([
  { split: 'train_inferred', role: 'train', points: every100(0, 1, 1, 1, 1, 1, 1) },
  { split: 'test_inferred_iid', role: 'iid', points: every100(0, 0, 0, 0, 1, 1, 1) },
  { split: 'test_inferred_ood', role: 'ood', points: every100(0, 0, 0, 0, 0, 0, 0) }
])

describe('marks of milestones', () => {
  it('are a tick per split reached and a bracket per delay, in the colour of the split', () => {
    const { ticks, brackets } = milestoneMarks(milestones, splitStyles.comparison)
    expect(ticks.map(({ x, color }) => [x, color])).toEqual([
      [100, '--split-train'],
      [400, '--split-iid']
    ])
    expect(brackets).toMatchObject([
      { from: 100, to: 400, color: '--split-iid', label: 'IID 300' },
      { from: 100, to: null, color: '--split-ood', label: 'OOD more than 500' }
    ])
    expect(brackets[0]!.title).toContain('300 (200 to 400) steps')
  })

  it('leave out splits that are hidden', () => {
    const { ticks, brackets } = milestoneMarks(milestones, splitStyles.comparison.slice(0, 1))
    expect(ticks).toHaveLength(1)
    expect(brackets).toEqual([])
    expect(milestoneMarks(null, splitStyles.comparison)).toBe(noMarks)
  })
})

describe('a bracket in a plot', () => {
  const pixel = (step: number): number => step
  it.each([
    [
      { from: 10, to: 40 },
      { x: 10, width: 30, fromInside: true, toInside: true }
    ],
    [
      { from: 10, to: null },
      { x: 10, width: 90, fromInside: true, toInside: false }
    ],
    [
      { from: -50, to: 40 },
      { x: 0, width: 40, fromInside: false, toInside: true }
    ],
    [
      { from: 40, to: 10 },
      { x: 10, width: 30, fromInside: true, toInside: true }
    ],
    [{ from: 200, to: 300 }, null],
    [{ from: -20, to: -10 }, null]
  ])('%o lies at %o', (bracket, place) => {
    expect(placeBracket(bracket, pixel, [0, 100])).toEqual(place)
  })
})
