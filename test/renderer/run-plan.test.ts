import { describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { countParametersOf } from '@shared/model-cost'
import { buildDataset, summarize } from '../../src/main/datasets/index'
import { planRun, planWarnings, timeToGrok, unfairPair } from '../../src/renderer/src/run-plan'
import { tourStage } from '../../src/renderer/src/tour'
import { risenAt, runRow } from '../support/run-rows'

const config = parseRunConfig({
  dataset: { kind: 'modular', modulus: 13 },
  model: { family: 'transformer1', dModel: 16 },
  optimizer: { lr: 1e-3, weightDecay: 1 },
  budget: { steps: 1000 },
  checkpoints: { every: 100 }
})
const summary = summarize(buildDataset(config.dataset, config.seed), config.dataset)
const plan = planRun(config, summary, 'auto', { hasNative: true, history: [], from: 0 })
const roomy = { memoryBytes: 1e12, freeBytes: 1e12 }

describe('a plan', () => {
  it('counts the parameters of the data set that was built', () => {
    const { vocabularySize, contextLength, answers } = summary
    const counted = countParametersOf(config.model, { vocabularySize, contextLength, answers })
    expect(plan.parameters).toBe(counted)
    expect(Object.values(plan.parts).reduce((a, b) => a + b, 0)).toBe(counted)
    expect(plan.time).toBeNull()
  })

  it('warns where it does not fit, and only there', () => {
    expect(planWarnings(config, plan, roomy, 1)).toEqual([])
    const tight = { memoryBytes: plan.memory.total / 2, freeBytes: plan.disk.total * 1.5 }
    expect(planWarnings(config, plan, tight, 1)).toMatchObject([
      { kind: 'memory', level: 'problem' },
      { kind: 'disk', level: 'warning' }
    ])
    expect(planWarnings(config, plan, tight, 2)).toMatchObject([
      { kind: 'memory' },
      { kind: 'disk', level: 'problem' }
    ])
    expect(planWarnings(config, plan, { ...tight, freeBytes: null }, 2)).toHaveLength(1)
  })

  it('notes decay that is off, or too slow for the budget', () => {
    const off = parseRunConfig({ ...config, optimizer: { weightDecay: 0 } })
    expect(planWarnings(off, plan, roomy, 1)).toEqual([{ kind: 'decay', level: 'note' }])
    const slow = parseRunConfig({ ...config, optimizer: { lr: 1e-4, weightDecay: 0.1 } })
    expect(planWarnings(slow, plan, roomy, 1)).toEqual([
      { kind: 'decayTime', level: 'note', steps: 100_000, budget: 1000 }
    ])
  })
})

describe('a pair', () => {
  const with_ = (model: object) => parseRunConfig({ ...config, model })
  const pair = (before: object, after: object) => unfairPair(with_(before), with_(after), summary)

  it('of one family is never called unfair', () => {
    expect(pair({ family: 'gpt2', nLayer: 1 }, { family: 'gpt2', nLayer: 8 })).toEqual([])
  })

  it('of two families is told what else differs, and by how much they do not match', () => {
    const small = { nLayer: 1, dModel: 16 }
    const warnings = pair(
      { family: 'gpt2', nHead: 4, ...small },
      { family: 'mamba', nLayer: 3, dModel: 16 }
    )
    expect(warnings.at(-1)).toMatchObject({ kind: 'size', level: 'warning' })
    const titles = warnings.flatMap((warning) => (warning.kind === 'unfair' ? warning.title : []))
    expect(titles.join()).toMatch(/Decayed weights/)
  })
})

describe('the time to grok here', () => {
  const curve = {
    ...{ machine: 'm', date: '2026-01-01', engine: 'e', seed: 0, stepMs: 9, memorised: 10 },
    ...{ generalised: 200, train: [], test: [] }
  }
  const preset = { name: 'p', title: '', summary: '', config: {}, curve }
  const paced = (stepMs: number) =>
    runRow('r', {}, { preset: 'p', pace: { stepMs, evaluationMs: 0, checkpointMs: 0 } })

  it('is the measured step at the pace of own runs', () => {
    expect(timeToGrok(preset, [paced(5), paced(7), paced(6)])).toBe(1200)
  })
  it('is unknown before any, and for what never grokked', () => {
    expect(timeToGrok(preset, [runRow('r', {}, { preset: 'p' })])).toBeNull()
    expect(timeToGrok({ ...preset, curve: { ...curve, generalised: null } }, [paced(5)])).toBeNull()
  })
})

describe('the first run', () => {
  const steps = [0, 10, 20, 30, 40, 50]
  const at = (train: number | null, test: number | null, state: 'running' | 'finished') =>
    tourStage({
      state,
      last: { x: 1 },
      milestones: risenAt(steps, { train, iid: test, ood: test })
    })

  it('is told by its milestones', () => {
    expect(tourStage({ state: 'running', last: {}, milestones: null })).toBe('starting')
    expect(at(null, null, 'running')).toBe('memorising')
    expect(at(10, null, 'running')).toBe('waiting')
    expect(at(10, 30, 'running')).toBe('there')
    expect(at(10, 30, 'finished')).toBe('there')
    expect(at(10, null, 'finished')).toBe('missed')
  })
})
