import { describe, expect, test } from 'vitest'
import { datasetNames } from '@shared/config'
import { findSplit, splitsOf } from '@shared/splits'

describe.each(Object.entries(splitsOf))('%s', (kind, splits) => {
  test('has a name for people, and splits whose names and labels differ', () => {
    expect(datasetNames).toHaveProperty([kind])
    for (const key of ['name', 'label', 'short'] as const) {
      expect(new Set(splits.map((split) => split[key])).size).toBe(splits.length)
    }
    for (const { short, help } of splits) {
      expect(short.length).toBeLessThanOrEqual(10)
      expect(help).toMatch(/^[A-Z].*[^.]$/)
    }
  })

  test('begins with training, and holds something unseen', () => {
    expect(splits[0]!.role).toBe('train')
    expect(splits.some(({ role }) => role === 'ood' || role === 'test')).toBe(true)
  })
})

test('a split is found by name within its kind only', () => {
  expect(findSplit('modular', 'test')?.role).toBe('test')
  expect(findSplit('comparison', 'test')).toBeUndefined()
})
