import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { familyNames, RunConfig, RunConfigShape } from '@shared/config'
import type { ModelConfig } from '@shared/config'
import { describeLimits, listFields, type FieldInfo } from '@shared/config-fields'
import { valueAt, withValue } from '@shared/config-input'

const families = Object.keys(familyNames) as ModelConfig['family'][]
const fields = listFields()
/** The default family's fields, then the model's fields of every other. */
const all = families.flatMap((family) =>
  listFields('comparison', family)
    .filter(({ path }) => family === 'gpt2' || path.startsWith('model.'))
    .map((info) => ({ info, path: info.path, family }))
)

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

test.each(families)('every setting of a resolved config of %s is a field or a tag', (family) => {
  const leaves = (value: unknown, path: string): string[] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, below]) =>
          leaves(below, path ? `${path}.${key}` : key)
        )
      : [path]
  const tags = ['version', 'dataset.kind', 'model.family']
  const paths = listFields('comparison', family).map((f) => f.path)
  expect(leaves(RunConfig.parse({ model: { family } }), '').sort()).toEqual(
    [...paths, ...tags].sort()
  )
})

test.each(families)('%s has the paths that all families have, with the same limits', (family) => {
  const own = new Map(listFields('comparison', family).map((info) => [info.path, info]))
  for (const { path, minimum, maximum } of fields) {
    const mine = own.get(path)
    if (!path.startsWith('model.') || ['model.nLayer', 'model.dModel'].includes(path)) {
      expect(mine, path).toBeDefined()
    }
    if (mine) expect(mine, path).toMatchObject({ ...(minimum && { minimum, maximum }) })
  }
})

describe.each(all)('$family: $path', ({ info, family }) => {
  const base = { model: { family } }
  const accepts = (value: unknown): boolean =>
    RunConfigShape.safeParse(withValue(base, info.path.split('.'), value)).success

  test('has a label, a help sentence and the default of the schema', () => {
    expect(info.label).not.toBe('')
    expect(info.help).toMatch(/^\S.*\.$/s)
    expect(info.default).toEqual(valueAt(RunConfig.parse(base), info.path.split('.')))
  })

  test('has the limits that the schema enforces', () => {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = info
    if (minimum !== undefined) {
      expect(accepts(minimum)).toBe(true)
      expect(accepts(minimum - 1)).toBe(false)
    }
    if (maximum !== undefined) {
      expect(accepts(maximum)).toBe(true)
      expect(accepts(maximum + 1)).toBe(false)
    }
    if (exclusiveMinimum !== undefined) expect(accepts(exclusiveMinimum)).toBe(false)
    if (exclusiveMaximum !== undefined) expect(accepts(exclusiveMaximum)).toBe(false)
    for (const choice of info.choices ?? []) expect(accepts(choice)).toBe(true)
    expect(accepts(null)).toBe(info.nullable)
    if (info.type === 'integer') expect(accepts((minimum ?? 1) + 0.5)).toBe(false)
  })

  test('accepts every value within them', () => {
    fc.assert(fc.property(valuesWithin(info), (value) => accepts(value)))
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
    case 'text':
      return info.pattern === undefined
        ? fc.string({ minLength: info.minLength ?? 0, maxLength: Math.min(info.maxLength!, 300) })
        : fc.stringMatching(new RegExp(info.pattern))
  }
}

test.each([
  ['model.nLayer', 'a whole number from 1 to 48'],
  ['dataset.phi', 'a number above 0 and up to 1000'],
  ['dataset.idShare', 'a number above 0 and below 1'],
  ['optimizer.beta1', 'a number from 0 and below 1'],
  ['optimizer.weightDecay', 'a number from 0 to 10'],
  ['model.dMlp', 'a whole number from 1 to 16384, or empty'],
  ['optimizer.decay', 'one of reference, matrices, all, list'],
  ['model.tieHead', 'true or false']
])('the limits of %s read "%s"', (path, text) => {
  expect(describeLimits(fields.find((f) => f.path === path)!)).toBe(text)
})
