import { describe, expect, it } from 'vitest'
import { createPace } from '../../../src/main/trainer/pace'

describe('createPace', () => {
  it('knows nothing before the first step', () => {
    const none = { evaluations: 0, checkpoints: 0 }
    expect(createPace().progress(0, 10, none)).toEqual({
      step: 0,
      steps: 10,
      stepsPerSecond: null,
      etaMs: null
    })
  })

  it('adds the evaluations and checkpoints to come to the steps to come', () => {
    const pace = createPace()
    pace.steps(10, 100) // 10 ms a step
    pace.evaluation(300)
    pace.evaluation(500)
    pace.checkpoint(1000)
    const { stepsPerSecond, etaMs } = pace.progress(10, 110, { evaluations: 5, checkpoints: 2 })
    expect(stepsPerSecond).toBeCloseTo(100)
    // 100 steps of 10 ms, 5 evaluations of 400 ms, 2 checkpoints of 1,000 ms
    expect(etaMs).toEqual([5000, 5000])
  })

  it('spans slow and fast stretches and follows the recent ones only', () => {
    const pace = createPace()
    for (let i = 0; i < 100; i++) pace.steps(1, 1000)
    for (let i = 0; i < 20; i++) pace.steps(1, 10)
    for (let i = 0; i < 20; i++) pace.steps(1, 30)
    const none = { evaluations: 0, checkpoints: 0 }
    expect(pace.progress(0, 100, none).etaMs).toEqual([1000, 3000])
    expect(pace.progress(0, 100, none).stepsPerSecond).toBeCloseTo(50)
  })
})
