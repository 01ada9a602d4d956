import { describe, expect, it } from 'vitest'
import { listFields } from '@shared/config-fields'
import { familyNames, RunConfig, type ModelConfig, type RunConfigInput } from '@shared/config'
import { withValue } from '@shared/config-input'
import { createRng } from '@shared/rng'
import {
  describeSetting,
  settingDifferences,
  type SettingValue
} from '@shared/compare/setting-differences'

const families = Object.keys(familyNames) as ModelConfig['family'][]
const differences = (...inputs: RunConfigInput[]): [string, readonly SettingValue[]][] =>
  settingDifferences(inputs.map((input) => RunConfig.parse(input))).map(({ path, values }) => [
    path,
    values
  ])

describe('differences between settings', () => {
  it('are none between equal configs', () => {
    expect(differences({}, {}, { seed: 42 })).toEqual([])
  })

  it('hold every run’s value, group by group, with label and unit of the schema', () => {
    const rows = settingDifferences(
      [
        { seed: 1 },
        { optimizer: { lr: 1e-3 } },
        { dataset: { kind: 'comparison' as const, phi: 3.6 } }
      ].map((input) => RunConfig.parse(input))
    )
    expect(rows.map(({ path, group, values }) => ({ path, group, values }))).toEqual([
      { path: 'dataset.phi', group: 'data', values: [12.6, 12.6, 3.6] },
      { path: 'optimizer.lr', group: 'optimizer', values: [1e-4, 1e-3, 1e-4] },
      { path: 'seed', group: 'budget', values: [1, 42, 42] }
    ])
    expect(rows[0]).toMatchObject({ label: 'Inferred : atomic ratio φ' })
    const steps = differences({}, { budget: { steps: 10 } })
    expect(steps).toEqual([['budget.steps', [300000, 10]]])
  })

  it.each(families)('of %s against GPT-2 say which settings only one of them has', (family) => {
    const rows = settingDifferences([
      RunConfig.parse({ model: { family: 'gpt2' } }),
      RunConfig.parse({ model: { family } })
    ])
    const paths = (of: string): Set<string> =>
      new Set(listFields('comparison', of).map(({ path }) => path))
    const [left, right] = [paths('gpt2'), paths(family)]
    for (const path of [...left, ...right].filter((one) => !left.has(one) || !right.has(one))) {
      const row = rows.find((found) => found.path === path)!
      expect(row.values[0] === undefined, path).toBe(!left.has(path))
      expect(row.values[1] === undefined, path).toBe(!right.has(path))
    }
    expect(rows.some(({ path }) => path === 'model.family')).toBe(family !== 'gpt2')
  })

  it('takes a setting that an older run does not name for its default', () => {
    const now = RunConfig.parse({})
    const before = structuredClone(now) as { optimizer: { initScale?: number } }
    delete before.optimizer.initScale
    expect(settingDifferences([now, before])).toEqual([])
  })

  it('are exactly the settings that were changed, whichever those are', () => {
    const fields = listFields('comparison', 'gpt2').filter(({ type }) => type === 'integer')
    const rng = createRng(7, 'changes')
    const base = RunConfig.parse({})
    for (let round = 0; round < 50; round++) {
      const chosen = fields.filter(() => rng.uniform() < 0.2)
      const changed = chosen.reduce<unknown>(
        (config, { path }) => withValue(config, path.split('.'), 987_654_321),
        base
      )
      expect(
        settingDifferences([base, changed])
          .map(({ path }) => path)
          .sort()
      ).toEqual(chosen.map(({ path }) => path).sort())
    }
  })

  it('are written as a person reads them', () => {
    expect(describeSetting('model.family', 'gpt2')).toBe('GPT-2')
    expect(describeSetting('dataset.kind', 'in-context')).toBe('In-context comparison')
    expect(describeSetting('optimizer.clipNorm', null)).toBe('empty')
    expect(describeSetting('model.tieHead', false)).toBe('no')
    expect(describeSetting('budget.steps', 300000)).toBe('300,000')
    expect(describeSetting('optimizer.lr', 1e-4)).toBe('0.0001')
    expect(describeSetting('model.nHead', undefined)).toBe('none')
  })
})
