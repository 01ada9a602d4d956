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
  withKind,
  writeField
} from '../../src/renderer/src/form-input'
import { datasetKinds } from '@shared/dataset-config'
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
    expect(config.dataset).toMatchObject({ entities: 50, values: 10 })
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

  it('keeps what two kinds of data share when the kind changes', () => {
    const base = { dataset: { entities: 300, phi: 3, values: 12 }, seed: 7 }
    for (const kind of datasetKinds) {
      const changed = withKind(base, kind, listFields(kind))
      if (kind === 'facts') {
        expect(changed['dataset']).toEqual({ kind, phi: 3 })
      } else {
        const { dataset, seed } = parseRunConfig(changed)
        expect([dataset.kind, seed]).toEqual([kind, 7])
        if ('entities' in dataset) expect(dataset.entities).toBe(300)
        if ('phi' in dataset) expect(dataset.phi).toBe(3)
      }
    }
    expect(base.dataset).toEqual({ entities: 300, phi: 3, values: 12 })
  })

  it('leaves text as it is written, numbers in it too', () => {
    const facts = listFields('facts')
    const column = facts.find(({ path }) => path === 'dataset.valueColumn')!
    const attribute = facts.find(({ path }) => path === 'dataset.attributeColumn')!
    expect(readField(column, ' 2020 ')).toBe('2020')
    expect(readField(column, '')).toBe('')
    expect(readField(attribute, '')).toBeNull()
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
    expect(rows.slice(0, 2).map(({ value }) => value)).toEqual(['Comparison', 'GPT-2'])
    const own = rows.slice(2)
    expect(own.map((r) => r.field)).toEqual(fields)
    for (const r of own) expect(r.value).toEqual(valueAt(config, r.field.path.split('.')))
  })

  it('says so when kind or family are not those of the preset', () => {
    const config = { dataset: { kind: 'modular' }, model: { family: 'transformer1' } }
    const rows = settingRows(listFields('modular', 'transformer1'), config, null)
    expect(rows.filter((r) => r.changed).map((r) => [r.field.label, r.value, r.preset])).toEqual([
      ['Data set', 'Modular arithmetic', 'Comparison'],
      ['Family', 'Transformer without LayerNorm', 'GPT-2']
    ])
  })
})
