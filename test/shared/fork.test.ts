import { describe, expect, it } from 'vitest'
import { RunConfig, type RunConfigInput } from '@shared/config'
import { listFields } from '@shared/config-fields'
import { familyNames } from '@shared/config'
import { forkIssues, mayChange } from '@shared/fork'

const parent: RunConfigInput = { budget: { steps: 100 } }
const issues = (change: RunConfigInput, moments: 'kept' | 'reset' = 'kept'): string[] =>
  forkIssues(RunConfig.parse(parent), RunConfig.parse({ ...parent, ...change }), {
    ...{ step: 50, moments }
  }).map(({ path }) => path)

describe('a fork', () => {
  it('may change nothing at all, and whatever decides neither data nor weights', () => {
    expect(issues({})).toEqual([])
    expect(
      issues({
        optimizer: { lr: 1, weightDecay: 0 },
        batchSize: 8,
        budget: { steps: 51 },
        evaluation: { every: 3 },
        checkpoints: { every: 7 },
        orderSeed: 1,
        model: { family: 'gpt2', passes: 2 }
      })
    ).toEqual([])
  })

  it('keeps data, architecture and seed, and ends after it begins', () => {
    expect(issues({ seed: 7 })).toEqual(['seed'])
    expect(issues({ dataset: { kind: 'comparison', phi: 3 } })).toEqual(['dataset.phi'])
    expect(issues({ model: { family: 'gpt2', nLayer: 2, dModel: 96 } })).toEqual([
      ...['model.nLayer', 'model.dModel']
    ])
    expect(issues({ model: { family: 'llama' } })).toContain('model.family')
    expect(issues({ budget: { steps: 50 } })).toEqual(['budget.steps'])
  })

  it('resets its moments where another optimizer would misread them', () => {
    const change = { optimizer: { grokfast: { filter: 'ema' as const } } }
    expect(issues(change)).toEqual(['optimizer.grokfast.filter'])
    expect(issues(change, 'reset')).toEqual([])
  })

  it('has an answer for every setting of every family', () => {
    const paths = Object.keys(familyNames).flatMap((family) =>
      listFields('comparison', family).map(({ path }) => path)
    )
    const free = [...new Set(paths)].filter((path) => path.startsWith('model.') && mayChange(path))
    expect(free.sort()).toEqual([
      ...['model.dropout', 'model.l2Wrap', 'model.layerNormEps', 'model.passes'],
      ...['model.rmsNormEps', 'model.ropeTheta']
    ])
  })
})
