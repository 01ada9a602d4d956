import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RunConfig, RunConfigShape } from '@shared/config'
import { describeLimits, listFields, type FieldInfo } from '@shared/config-fields'
import { valueAt, withValue } from '@shared/config-input'

const fields = listFields()
const accepts = (info: FieldInfo, value: unknown): boolean =>
  RunConfigShape.safeParse(withValue({}, info.path.split('.'), value)).success

test('the paths that scripts and the form rely on are there', () => {
  const paths = fields.map((f) => f.path)
  const promised = [
    ...[
      'dataset.entities',
      'dataset.attributes',
      'dataset.values',
      'dataset.phi',
      'dataset.idShare'
    ],
    ...['model.nLayer', 'model.dModel', 'model.nHead'],
    ...['optimizer.lr', 'optimizer.weightDecay', 'optimizer.warmup'],
    ...['batchSize', 'budget.steps', 'seed']
  ]
  for (const path of promised) expect(paths).toContain(path)
  expect(new Set(paths).size).toBe(paths.length)
})

test('every setting of a resolved config is a field or a tag', () => {
  const leaves = (value: unknown, path: string): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, below]) =>
          leaves(below, path ? `${path}.${key}` : key)
        )
      : [path]
  const tags = ['version', 'dataset.kind', 'model.family', 'optimizer.kind']
  expect(leaves(RunConfig.parse({}), '').sort()).toEqual(
    [...fields.map((f) => f.path), ...tags].sort()
  )
})

describe.each(fields.map((f) => [f.path, f] as const))('%s', (_, info) => {
  test('has a label, a help sentence and the default of the schema', () => {
    expect(info.label).not.toBe('')
    expect(info.help).toMatch(/^\S.*\.$/s)
    expect(info.default).toEqual(valueAt(RunConfig.parse({}), info.path.split('.')))
  })

  test('has the limits that the schema enforces', () => {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = info
    if (minimum !== undefined) {
      expect(accepts(info, minimum)).toBe(true)
      expect(accepts(info, minimum - 1)).toBe(false)
    }
    if (maximum !== undefined) {
      expect(accepts(info, maximum)).toBe(true)
      expect(accepts(info, maximum + 1)).toBe(false)
    }
    if (exclusiveMinimum !== undefined) expect(accepts(info, exclusiveMinimum)).toBe(false)
    if (exclusiveMaximum !== undefined) expect(accepts(info, exclusiveMaximum)).toBe(false)
    for (const choice of info.choices ?? []) expect(accepts(info, choice)).toBe(true)
    expect(accepts(info, null)).toBe(info.nullable)
    if (info.type === 'integer') expect(accepts(info, (minimum ?? 1) + 0.5)).toBe(false)
  })

  test('accepts every value within them', () => {
    fc.assert(fc.property(valuesWithin(info), (value) => accepts(info, value)))
  })
})

function valuesWithin(info: FieldInfo): fc.Arbitrary<unknown> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = info
  switch (info.type) {
    case 'integer':
      return fc.integer({ min: minimum!, max: maximum! })
    case 'number':
      return fc.double({
        min: exclusiveMinimum ?? minimum!,
        max: exclusiveMaximum ?? maximum!,
        minExcluded: exclusiveMinimum !== undefined,
        maxExcluded: exclusiveMaximum !== undefined,
        noNaN: true
      })
    case 'boolean':
      return fc.boolean()
    case 'choice':
      return fc.constantFrom(...info.choices!)
  }
}

test.each([
  ['model.nLayer', 'a whole number from 1 to 48'],
  ['dataset.phi', 'a number above 0 and up to 1000'],
  ['dataset.idShare', 'a number above 0 and below 1'],
  ['optimizer.beta1', 'a number from 0 and below 1'],
  ['optimizer.weightDecay', 'a number from 0 to 10'],
  ['model.dMlp', 'a whole number from 1 to 16384, or empty'],
  ['optimizer.decay', 'one of reference, matrices'],
  ['model.tieHead', 'true or false']
])('the limits of %s read "%s"', (path, text) => {
  expect(describeLimits(fields.find((f) => f.path === path)!)).toBe(text)
})
