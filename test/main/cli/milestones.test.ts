import { describe, expect, it } from 'vitest'
import { milestonesOf } from '@shared/milestones'
import { listMilestones } from '../../../src/main/cli/milestones'

const every100 = (...values: number[]) => values.map((v, i) => [100 * i, v] as const)

describe('milestones in a terminal', () => {
  it('say when, how surely, and with which delay', () => {
    const milestones = milestonesOf([
      { split: 'train', role: 'train', points: every100(0, 1, 1, 1, 1, 1, 1) },
      { split: 'test_a', role: 'test', points: every100(0, 0, 0, 0, 1, 1, 1) },
      { split: 'test_b', role: 'test', points: every100(0, 0, 0, 0, 0, 0, 1) }
    ])!
    const lines = listMilestones(milestones)
    expect(lines[0]).toContain('definition 1')
    expect(lines[1]).toBe('  memorised at step 100 (after 0)')
    const row = (name: string) => lines.find((line) => line.trim().startsWith(name))!
    expect(row('test_a')).toMatch(/>= 0\.95 +400 \(after 300\) +300 \(200 to 400\) +300 to 400/)
    expect(row('test_b')).toContain('600, not yet confirmed')
    expect(row('train')).toContain('1.000 ± 0.000 over 2')
  })
})
