import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RunConfig } from '@shared/config'
import {
  checkpointDue,
  evaluationDue,
  lossDue,
  ringDue,
  type Due
} from '../../../src/main/trainer/schedule'

const checkpointsOf = (settings: object): RunConfig['checkpoints'] =>
  RunConfig.parse({ checkpoints: settings }).checkpoints

const dueSteps = (due: Due, steps: number): number[] =>
  [...Array(steps + 1).keys()].filter((step) => due.at(step))

describe('schedules', () => {
  it('evaluates at 0, log-spaced, at multiples and at the end', () => {
    expect(dueSteps(evaluationDue({ every: 40, perDecade: 3 }, 105), 105)).toEqual([
      0, 1, 2, 5, 10, 22, 40, 46, 80, 100, 105
    ])
    expect(dueSteps(evaluationDue({ every: 50, perDecade: 0 }, 120), 120)).toEqual([
      0, 50, 100, 120
    ])
  })

  it('never checkpoints before the first step, always after the last', () => {
    expect(dueSteps(checkpointDue(checkpointsOf({ every: 50 }), 120), 120)).toEqual([50, 100, 120])
    expect(dueSteps(checkpointDue(checkpointsOf({ every: 1000 }), 7), 7)).toEqual([7])
  })

  it('puts no state in the ring where a checkpoint is written anyway', () => {
    const inRing = ringDue(checkpointsOf({ every: 20, ring: 3, ringEvery: 10 }), 65)
    expect([...Array(66).keys()].filter(inRing)).toEqual([10, 30, 50])
    const without = ringDue(checkpointsOf({ ringEvery: 10 }), 65)
    expect([...Array(66).keys()].filter(without)).toEqual([])
  })

  it('records the first hundred batch losses, then every so often', () => {
    const steps = dueSteps(lossDue(10, 131), 131)
    expect(steps.slice(0, 101)).toEqual([...Array(101).keys()])
    expect(steps.slice(101)).toEqual([110, 120, 130, 131])
  })

  it('counts what is left exactly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 400 }),
        (steps, every, perDecade, from) => {
          const start = Math.min(from, steps)
          const all = [
            evaluationDue({ every, perDecade }, steps),
            lossDue(every, steps),
            checkpointDue(
              checkpointsOf({ every, perDecade, denseUntil: from, denseEvery: 7 }),
              steps
            )
          ]
          for (const due of all) {
            expect(due.left(start)).toBe(dueSteps(due, steps).filter((s) => s > start).length)
          }
        }
      )
    )
  })
})
