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
    const told = pace.progress(10, 110, { evaluations: 5, checkpoints: 2 })
    expect(told.stepsPerSecond).toBeCloseTo(100)
    // 100 steps of 10 ms, 5 evaluations of 400 ms, 2 checkpoints of 1,000 ms
    expect(told.expectedMs).toBeCloseTo(5000)
    // the evaluations may take 300 to 500 ms
    expect(told.etaMs).toEqual([4500, 5500])
    expect(pace.means()).toEqual({ stepMs: 10, evaluationMs: 400, checkpointMs: 1000 })
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

interface Recorded {
  config: Pick<RunConfig, 'budget' | 'evaluation' | 'checkpoints'>
  /** Steps with their count, evaluations, checkpoints; milliseconds by each clock that was read. */
  paces: (['s', number, ...number[]] | ['e' | 'c', ...number[]])[]
}

const readRuns = (file: string): [string, Recorded][] => {
  const path = new URL(`../../fixtures/paces/${file}`, import.meta.url)
  return Object.entries(
    (JSON.parse(readFileSync(path, 'utf8')) as { runs: Record<string, Recorded> }).runs
  )
}

/**
 * The time left that was told after 200 steps, over the time that it then took.
 * @param clock which of an entry's times count, from the last backwards
 */
function toldOverTrue({ config, paces }: Recorded, clock = -1): number {
  const { steps } = config.budget
  const { every } = config.checkpoints
  const pace = createPace()
  let [step, told] = [0, 0]
  for (const entry of paces) {
    if (step >= 200) break
    told++
    const ms = Number(entry.at(clock))
    if (entry[0] === 's') {
      pace.steps(entry[1], ms)
      step += entry[1]
    } else if (entry[0] === 'e') pace.evaluation(ms)
    else pace.checkpoint(ms)
  }
  const left = {
    evaluations: evaluationDue(config.evaluation, steps).left(step),
    checkpoints: Math.floor(steps / every) - Math.floor(step / every)
  }
  const expected = pace.progress(step, steps, left).expectedMs!
  return expected / paces.slice(told).reduce((sum, entry) => sum + Number(entry.at(clock)), 0)
}

describe('the time left after 200 steps of real runs', () => {
  const quiet = readRuns('recorded.json')
  const busy = readRuns('two-clocks.json')
  const off = (ratio: number): number => Math.abs(ratio - 1)

  it.each(quiet)('%s: told within 20 %%', (_name, run) => {
    expect(off(toldOverTrue(run))).toBeLessThan(0.2)
  })

  // These shared two cores with other work that came and went. Their processor time is what the run itself takes.
  const seconds = ({ paces }: Recorded): number =>
    paces.reduce((sum, entry) => sum + Number(entry.at(-1)), 0) / 1000
  const brief = busy.filter(([, run]) => seconds(run) < 3)
  const others = busy.filter(([, run]) => seconds(run) >= 3)

  it.each(others)('%s: told within 20 %% of the processor time', (_name, run) => {
    expect(off(toldOverTrue(run))).toBeLessThan(0.2)
  })

  // The program is still being compiled when its 200 steps are over, and there is little time left to be told.
  it.each(brief)('%s, which takes less than 3 s: told within 35 %%', (_name, run) => {
    expect(off(toldOverTrue(run))).toBeLessThan(0.35)
  })

  it('no forecast knows what else a machine will do: by the wall clock many are further off', () => {
    const ratios = busy.map(([, run]) => toldOverTrue(run, -2))
    expect(ratios.filter((ratio) => off(ratio) < 0.2).length).toBeLessThan(busy.length)
    for (const ratio of ratios) expect(off(ratio)).toBeLessThan(0.6)
  })
})
