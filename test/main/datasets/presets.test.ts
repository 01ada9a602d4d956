import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { commonGround } from '@shared/common-ground'
import { Preset, RunConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { buildDataset, summarize } from '../../../src/main/datasets/index'
import { models } from '../../../src/main/models/index'
import { countParameters, flatten } from '../../../src/main/models/params'
import { decayedNames } from '../../../src/main/trainer/optimizer'

const folder = fileURLToPath(new URL('../../../resources/presets/', import.meta.url))
const read = (file: string): Preset => Preset.parse(JSON.parse(readFileSync(folder + file, 'utf8')))

const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

describe.each(files)('%s', (file) => {
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

/** Sizes within this share of the preset's that a twin is of. */
const alike = 0.011

test.each(
  ['llama', 'rwkv', 'mamba'].flatMap((family) =>
    ['modular-coffee', 'comparison-mini'].map((of) => [of, family])
  )
)(
  "%s's twin in %s has the same data, optimizer and budget, and as many parameters",
  (of, family) => {
    const [base, twin] = [of, `${of}-${family}`].map((name) =>
      parseRunConfig(read(`${name}.json`).config)
    ) as [RunConfig, RunConfig]
    expect(twin.model.family).toBe(family)
    // Which weights decay goes by names, and names are the family's.
    const settings = (config: RunConfig) => ({
      ...config,
      model: null,
      optimizer: { ...config.optimizer, decay: null, decayList: null }
    })
    expect(settings(twin)).toEqual(settings(base))
    const { vocabulary, contextLength } = buildDataset(base.dataset, base.seed)
    const sizes = { vocabSize: vocabulary.size, contextLength }
    const [wanted, got] = [base, twin].map(({ model }) =>
      countParameters(models[model.family].parameters(model, sizes))
    ) as [number, number]
    expect(Math.abs(got / wanted - 1)).toBeLessThan(alike)
    expect(commonGround(twin).find(({ key }) => key === 'head')!.value).toBe(
      commonGround(base).find(({ key }) => key === 'head')!.value
    )
  }
)

test('the twins of comparison-mini decay embeddings and linear maps, as GPT-2 does there, and nothing else', () => {
  for (const family of ['llama', 'rwkv', 'mamba']) {
    const { model, optimizer, dataset, seed } = parseRunConfig(
      read(`comparison-mini-${family}.json`).config
    )
    const { vocabulary, contextLength } = buildDataset(dataset, seed)
    const shapes = models[model.family].parameters(model, {
      vocabSize: vocabulary.size,
      contextLength
    })
    const decayed = new Set(decayedNames(optimizer.decay, shapes, optimizer.decayList))
    const maps = flatten(shapes).filter(([name, { shape }]) => {
      return shape.length === 2 && !name.endsWith('A_log')
    })
    expect([...decayed].sort()).toEqual(maps.map(([name]) => name).sort())
  }
})
