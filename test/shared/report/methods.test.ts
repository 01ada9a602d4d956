import { describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { BudgetRule } from '@shared/budget-rule'
import type { RunConfig } from '@shared/config'
import { askedPaths, groundFindings, groundTable } from '@shared/report/ground'
import { methodsParagraphs, type MethodsInput } from '@shared/report/methods'
import { studySettings, valuesText } from '@shared/report/settings'
import { definition } from '@shared/milestones'
import { parseStudy } from '@shared/study-input'

const config = (over: object = {}): RunConfig =>
  parseRunConfig({ batchSize: 77, budget: { steps: 12_345 }, ...over })
const axes = [{ name: 'seed', label: 'seed', isSeeds: true, points: [{ label: '42' }] }]
const methods = (
  configs: readonly RunConfig[],
  compared = false,
  extension: MethodsInput['extension'] = null
): string =>
  methodsParagraphs({
    ...{ configs, axes, split: 'test_inferred_ood', compared, extension }
  }).join('\n')

describe('the methods of a study', () => {
  it('say the settings of its configs', () => {
    const text = methods([config(), config({ seed: 7 })])
    expect(text).toContain('batch size 77 examples')
    expect(text).toContain('Each run was given 12,345 steps.')
    expect(text).toContain('No run was to end before its budget.')
    expect(text).toContain('Seeds 42, 7: a seed decides data set, initial weights, and order')
    expect(text).toContain(`at least ${definition.thresholds.test} for`.replace(' for', ','))
    expect(text).toContain('generalisation on test_inferred_ood')
    expect(text).not.toContain('Kaplan-Meier')
    expect(methods([config()], true)).toContain('Kaplan-Meier')
  })

  it('say of what varies that it varies, and between which values', () => {
    const text = methods([
      config(),
      config({ batchSize: 99, budget: { steps: 500, stop: 'generalised' } })
    ])
    expect(text).toContain('batch size 77, 99 examples (varied)')
    expect(text).toContain('Each run was given 12,345, 500 steps (varied).')
    expect(text).toContain('When a run was to end early varied: never, generalised (varied)')
    expect(text).not.toContain('No run was to end before its budget.')
  })

  it('say each stop rule with its own numbers', () => {
    const budget = { stop: 'generalised', margin: 321, tests: 'any' }
    expect(methods([config({ budget })])).toContain(
      'A run was to end 321 steps after any test split had generalised.'
    )
    const target = { stop: 'target', target: 0.87 }
    expect(methods([config({ budget: target })])).toContain(
      'when every test split held an accuracy of 0.87.'
    )
    const half = methods([config({ engine: { precision: 'amp-bf16' } })])
    expect(half).toContain('The precision of training was amp-bf16.')
    expect(methods([config({ orderSeed: 3 })])).toContain('order of examples has a seed of its own')
  })

  it('say by which rule runs were extended, and how many were', () => {
    const rule = BudgetRule.parse({ cap: 45_678, by: 2 })
    const text = methods([config()], false, { rule, extended: 3 })
    expect(text).toContain('goes on for 2 times as many, up to 45,678, while')
    expect(text).toContain('3 runs have gone on so.')
    expect(methods([config()])).not.toContain('gone on')
  })

  it('leave no setting out: every path of every config is in the table of settings', () => {
    const configs = [config(), config({ model: { family: 'mamba', nLayer: 2, dModel: 64 } })]
    const settings = studySettings(configs)
    const paths = settings.map(({ path }) => path)
    expect(new Set(paths).size).toBe(paths.length)
    for (const one of configs) {
      for (const group of ['dataset', 'model', 'optimizer', 'budget', 'evaluation'] as const) {
        for (const name of Object.keys(one[group])) {
          expect(paths.some((path) => path.startsWith(`${group}.${name}`))).toBe(true)
        }
      }
    }
    const state = settings.find(({ path }) => path === 'model.dState')!
    expect(valuesText(state)).toBe('none, 16 (varied)')
  })
})

describe('the common ground of a study', () => {
  const study = parseStudy({
    ...{ name: 'families', title: 'Families', base: {} },
    axes: [
      {
        ...{ kind: 'settings', name: 'family' },
        points: [
          { label: 'GPT-2', set: { model: { family: 'gpt2', nLayer: 2, dropout: 0.1 } } },
          { label: 'LLaMA', set: { model: { family: 'llama', nLayer: 2 } } }
        ]
      },
      { kind: 'seeds', seeds: [1] }
    ]
  })
  const groups = study.axes.flatMap((axis) =>
    axis.kind === 'settings'
      ? axis.points.map(({ label, set }) => ({
          label,
          labels: { family: label },
          config: config(set),
          result: undefined
        }))
      : []
  )

  it('names who has what where groups differ, and one value where they agree', () => {
    const rows = new Map(groundTable(groups).rows.map(([subject, here]) => [subject, here]))
    expect(rows.get('Dropout')).toBe(
      'GPT-2: 0.1 on embedding, attention weights and residual branches; LLaMA: none'
    )
    expect(rows.get('Precision')).toBe('float32')
    expect(rows.has('Seed')).toBe(false)
  })

  it('lists confounds before there are runs', () => {
    const { findings, confounds } = groundFindings(study, groups)
    expect(confounds).toBeGreaterThan(0)
    expect(findings.join('\n')).toContain('Confound: Decayed weights: not the same.')
  })

  it('takes for the question what the axes name, down to the leaves', () => {
    expect(askedPaths(study.axes)).toEqual(['model.family', 'model.nLayer', 'model.dropout'])
  })
})
