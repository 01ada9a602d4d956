import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Preset, RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { buildDataset, summarize } from '../../../src/main/datasets/index'

const folder = fileURLToPath(new URL('../../../resources/presets/', import.meta.url))
const read = (file: string): Preset => Preset.parse(JSON.parse(readFileSync(folder + file, 'utf8')))

describe.each(readdirSync(folder))('%s', (file) => {
  test('is named as its file, and its data set can be built and leaks nothing', () => {
    const preset = read(file)
    expect(`${preset.name}.json`).toBe(file)
    const { dataset, seed } = parseRunConfig(preset.config)
    const { leaks } = summarize(buildDataset(dataset, seed), dataset)
    expect(leaks.filter(({ violations }) => violations > 0)).toEqual([])
  })
})

test('comparison-base is the full study: the defaults, but for how often it writes checkpoints', () => {
  const defaults = RunConfig.parse({})
  const base = parseRunConfig(read('comparison-base.json').config)
  expect(base).toEqual({ ...defaults, checkpoints: { ...defaults.checkpoints, every: 10_000 } })
})

test('modular-control is modular-coffee without weight decay, five times as long', () => {
  const coffee = parseRunConfig(read('modular-coffee.json').config)
  const control = parseRunConfig(read('modular-control.json').config)
  expect(control).toEqual({
    ...coffee,
    optimizer: { ...coffee.optimizer, weightDecay: 0 },
    budget: { ...coffee.budget, steps: 5 * coffee.budget.steps },
    evaluation: { ...coffee.evaluation, every: 100 },
    checkpoints: { ...coffee.checkpoints, every: 2500 }
  })
})
