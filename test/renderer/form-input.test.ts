import { describe, expect, it } from 'vitest'
import { listFields } from '@shared/config-fields'
import { parseRunConfig, valueAt } from '@shared/config-input'
import {
  askedSteps,
  checkConfig,
  families,
  familyOf,
  formConfig,
  readField,
  withFamily,
  writeField
} from '../../src/renderer/src/form-input'
import { settingRows } from '../../src/renderer/src/settings-diff'

const fields = listFields()
const field = (path: string): (typeof fields)[number] => fields.find((f) => f.path === path)!

describe('the form', () => {
  it('reads numbers as people write them', () => {
    const steps = field('budget.steps')
    expect(readField(steps, '300,000')).toBe(300000)
    expect(readField(steps, ' 1 000 000 ')).toBe(1000000)
    expect(readField(field('optimizer.lr'), '1e-4')).toBe(1e-4)
    expect(readField(field('optimizer.lr'), '3,5')).toBe('3,5')
    expect(readField(field('model.dMlp'), '')).toBeNull()
    expect(readField(field('dataset.endTarget'), false)).toBe(false)
  })

  it('shows every default as text that means the same value', () => {
    for (const f of fields) expect(readField(f, writeField(f.default))).toEqual(f.default)
  })

  it('leaves a preset alone where nothing was touched, and covers it where something was', () => {
    const base = { dataset: { entities: 50 }, seed: 7 }
    const config = parseRunConfig(formConfig(fields, base, { 'dataset.values': '10' }))
    expect(config.dataset.entities).toBe(50)
    expect(config.dataset.values).toBe(10)
    expect(config.seed).toBe(7)
    expect(base).toEqual({ dataset: { entities: 50 }, seed: 7 })
  })

  it('keeps what two model families share when the family changes', () => {
    const base = { model: { family: 'gpt2', nLayer: 2, layerNormEps: 1e-6 }, seed: 7 }
    expect(familyOf(base)).toBe('gpt2')
    expect(familyOf({})).toBe('gpt2')
    for (const family of families) {
      const config = parseRunConfig(
        withFamily(base, family, listFields('comparison', family))
      ) as unknown as { model: Record<string, unknown>; seed: number }
      expect(config.model['family']).toBe(family)
      expect(config.seed).toBe(7)
      if ('nLayer' in config.model) expect(config.model['nLayer']).toBe(2)
    }
  })

  it('names the field and the nearest setting for what is refused', () => {
    const { config, issues } = checkConfig(
      formConfig(fields, {}, { 'model.dModel': '100', 'budget.steps': '' })
    )
    expect(config).toBeNull()
    expect(issues.map((i) => i.path)).toContain('budget.steps')
    const width = checkConfig(formConfig(fields, {}, { 'model.dModel': '100' })).issues[0]!
    expect(width.path).toBe('model.dModel')
    expect((width.nearest as number) % 12).toBe(0)
    expect(checkConfig(formConfig(fields, {}, {})).issues).toEqual([])
  })

  it('knows the asked steps while other fields are wrong', () => {
    expect(askedSteps(formConfig(fields, {}, { 'budget.steps': '2,500', seed: 'x' }))).toBe(2500)
    expect(askedSteps(formConfig(fields, {}, { 'budget.steps': 'many' }))).toBeNull()
  })
})

describe('settings beside a preset', () => {
  it('marks exactly what differs', () => {
    const preset = { name: 'p', title: 'P', summary: '', config: { dataset: { entities: 50 } } }
    const config = parseRunConfig({ dataset: { entities: 50 }, seed: 1 })
    const rows = settingRows(fields, config, preset)
    expect(rows.filter((r) => r.changed).map((r) => r.field.path)).toEqual(['seed'])
    expect(rows).toHaveLength(fields.length)
    for (const r of rows) expect(r.value).toEqual(valueAt(config, r.field.path.split('.')))
  })
})
