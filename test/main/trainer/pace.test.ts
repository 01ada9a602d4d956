import { readFileSync } from 'node:fs'
import type { RunConfig } from '@shared/config'
import { evaluationDue } from '@shared/due'
import { describe, expect, it } from 'vitest'
import { createPace } from '../../../src/main/trainer/pace'

describe('createPace', () => {
  it('knows nothing before the first step', () => {
    const none = { evaluations: 0, checkpoints: 0 }
    expect(createPace().progress(0, 10, none)).toEqual({
      step: 0,
      steps: 10,
      stepsPerSecond: null,
      etaMs: null,
      expectedMs: null
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

describe('with the paces of real runs', () => {
  interface Recorded {
    config: Pick<RunConfig, 'budget' | 'evaluation' | 'checkpoints'>
    paces: (['s', number, number] | ['e' | 'c', number])[]
  }
  const { runs } = JSON.parse(
    readFileSync(new URL('../../fixtures/paces/recorded.json', import.meta.url), 'utf8')
  ) as { runs: Record<string, Recorded> }

  it.each(Object.entries(runs))('%s: time left within 20 %% after 200 steps', (_name, run) => {
    const { steps } = run.config.budget
    const evaluations = evaluationDue(run.config.evaluation, steps)
    const every = run.config.checkpoints.every
    const pace = createPace()
    let [step, told] = [0, 0]
    for (const [kind, ...values] of run.paces) {
      if (step >= 200) break
      told++
      if (kind === 's') {
        pace.steps(values[0]!, values[1]!)
        step += values[0]!
      } else if (kind === 'e') pace.evaluation(values[0]!)
      else pace.checkpoint(values[0]!)
    }
    const left = {
      evaluations: evaluations.left(step),
      checkpoints: Math.floor(steps / every) - Math.floor(step / every)
    }
    const expected = pace.progress(step, steps, left).expectedMs!
    const rest = run.paces.slice(told).reduce((sum, entry) => sum + Number(entry.at(-1)), 0)
    expect(expected / rest).toBeGreaterThan(0.8)
    expect(expected / rest).toBeLessThan(1.2)
  })
})
