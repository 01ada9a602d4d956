import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, test } from 'vitest'
import { parseStudy } from '@shared/study-input'
import { planStudy } from '@shared/study-plan'
import { leastP } from '@shared/statistics/permutation'
import { countParameters } from '../../../src/main/models/params'
import { models } from '../../../src/main/models/index'
import { hashConfig } from '../../../src/main/server/config-hash'
import { readPresets } from '../../../src/main/server/presets'

const folderOf = (name: string): string =>
  fileURLToPath(new URL(`../../../resources/${name}/`, import.meta.url))
const files = readdirSync(folderOf('studies')).filter((name) => name.endsWith('.json'))
const presets = readPresets(folderOf('presets'), (line) => expect.fail(line))
const host = {
  preset: (name: string) => presets.find((preset) => preset.name === name)?.config,
  hash: hashConfig
}
const read = (file: string) =>
  parseStudy(JSON.parse(readFileSync(folderOf('studies') + file, 'utf8')))

describe.each(files)('%s', (file) => {
  const study = read(file)
  const plan = planStudy(study, host)

  it('is named as its file and based on a preset', () => {
    expect(`${study.name}.json`).toBe(file)
    expect(study.base).toBe(
      file.endsWith('-overnight.json') ? 'comparison-mini' : 'comparison-base'
    )
  })

  it('has every point with four seeds, none refused, and the OOD test as its event', () => {
    const [axis, seeds] = plan.axes
    expect(plan.cells.length).toBe(axis!.points.length * 4)
    expect(seeds!.isSeeds).toBe(true)
    expect(plan.cells.flatMap(({ key, issues }) => issues.map((issue) => [key, issue]))).toEqual([])
    expect(plan.split).toBe('test_inferred_ood')
  })

  it('claims what its axis has points for', () => {
    const labels = plan.axes[0]!.points.map(({ label }) => label)
    const seeds = plan.axes[1]!.points.length
    for (const { axis, first, second, alpha } of study.claims) {
      // With fewer seeds even complete separation would decide nothing.
      expect(leastP(seeds, seeds)).toBeLessThan(alpha)
      expect(axis).toBe(plan.axes[0]!.name)
      expect(labels).toEqual(expect.arrayContaining([first, second]))
    }
  })
})

test('every table of the study has a full and an overnight one', () => {
  const tables = [
    'architectures',
    'entities',
    'values',
    'layers',
    'ratio',
    'id-share',
    'dataset-size'
  ]
  const wanted = tables.flatMap((name) => [`${name}.json`, `${name}-overnight.json`])
  expect(files).toEqual(expect.arrayContaining(wanted))
})

test('architectures-equal has as many parameters in blocks, to a hundredth', () => {
  const sizes = { vocabSize: 1, contextLength: 1 }
  const counts = planStudy(read('architectures-equal.json'), host).cells.map(({ config }) =>
    countParameters(models[config!.model.family].parameters(config!.model, sizes))
  )
  for (const count of counts) expect(Math.abs(count / counts[0]! - 1)).toBeLessThan(0.01)
})
