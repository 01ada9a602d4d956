import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ModularConfig, RunConfig } from '@shared/config'
import { operationNames, operationOf } from '@shared/modular-operations'
import { buildDataset, stepsPerEpoch, summarize } from '../../../src/main/datasets/index'
import {
  copyIntoTrain,
  expectEqual,
  expectSound,
  rowsOf,
  seeds,
  violationsAfter
} from '../../support/datasets'
import { listEquations, referenceModular } from '../../support/reference/modular'

const modular = (changes: Partial<ModularConfig> = {}): ModularConfig =>
  ModularConfig.parse({ kind: 'modular', ...changes })
const small = modular({ modulus: 11, trainFraction: 0.5, probes: 20 })
const inS5 = operationNames.filter((name) => name.endsWith('S5'))
const numeric = operationNames.filter((name) => !name.endsWith('S5'))

describe('against the slow reference', () => {
  test('every row, split and hash is equal for any operation, prime and seed', () => {
    const settings = fc.record({
      operation: fc.constantFrom(...numeric),
      modulus: fc.constantFrom(3, 5, 7, 11, 13),
      trainFraction: fc.double({ min: 0.15, max: 0.85, noNaN: true }),
      format: fc.constantFrom('nanda' as const, 'power' as const),
      probes: fc.integer({ min: 1, max: 300 })
    })
    fc.assert(
      fc.property(settings, fc.integer(seeds), (changes, seed) => {
        const config = modular(changes)
        const dataset = buildDataset(config, seed)
        expectEqual(dataset, referenceModular(config, seed))
        expectSound(dataset, config)
      }),
      { numRuns: 150 }
    )
  })

  test('moduli that are not prime are fine where nothing is divided', () => {
    const config = modular({ operation: 'x^3+xy^2+y', modulus: 12 })
    expectEqual(buildDataset(config, 3), referenceModular(config, 3))
  })

  test.each(inS5)('%s has all 14,400 equations of the symmetric group', (operation) => {
    const config = modular({ operation, trainFraction: 0.3, probes: 500, format: 'power' })
    const dataset = buildDataset(config, 1)
    expectEqual(dataset, referenceModular(config, 1))
    const summary = expectSound(dataset, config)
    expect(dataset.train.count).toBe(4320)
    expect(summary.counts).toContainEqual({
      name: 'equations',
      label: 'Equations in all',
      count: 14400
    })
  })
})

describe('sizes', () => {
  test("of Nanda et al.'s setting", () => {
    const dataset = buildDataset(modular({ trainFraction: 0.3 }), 0)
    // Their code cuts 3,830.7 off; this rounds, as openai/grok does
    expect(dataset.train.count).toBe(3831)
    expect(dataset.vocabulary.size).toBe(114)
    expect([dataset.contextLength, dataset.answers]).toEqual([3, 1])
    expect(dataset.pools).toEqual({ train: 3831, test: 8938 })
  })

  test('of the calibrated setting, and of products without y = 0', () => {
    const config = modular({ modulus: 59, trainFraction: 0.4 })
    expect(buildDataset(config, 0).train.count).toBe(1392)
    const product = buildDataset(modular({ operation: 'xy', modulus: 97, trainFraction: 0.5 }), 0)
    expect(product.pools).toEqual({ train: 4656, test: 4656 })
  })

  test('a batch beyond the training set is the whole of it, in one step per epoch', () => {
    expect(stepsPerEpoch(modular({ modulus: 59, trainFraction: 0.4 }), 1392)).toBe(1)
    expect(stepsPerEpoch(modular({ modulus: 59, trainFraction: 0.4 }), 10_000)).toBe(1)
    expect(stepsPerEpoch(modular({ modulus: 59, trainFraction: 0.4 }), 1391)).toBe(2)
  })
})

test('training and held-out equations are all equations, each once', () => {
  const config = modular({ modulus: 11, trainFraction: 0.37, probes: 1000, operation: 'x/y' })
  const { splits, train, ...dataset } = buildDataset(config, 8)
  const texts = [train, splits['test']!]
    .flatMap((examples) => rowsOf({ ...dataset, splits, train }, examples))
    .map(({ tokens, targets }) => `${tokens[0]} ${tokens[1]} ${targets[0]}`)
  const all = listEquations(config).map(({ x, y, z }) => `${x} ${y} ${z}`)
  expect(texts.toSorted()).toEqual(all.toSorted())
})

test('one seed gives one data set, another seed another', () => {
  expect(buildDataset(small, 5)).toEqual(buildDataset(small, 5))
  expect(buildDataset(small, 5).hash).not.toBe(buildDataset(small, 6).hash)
})

describe('a leak is found', () => {
  test('when a test equation is trained on', () => {
    const check = /Test equations seen/
    expect(violationsAfter(small, 42, (d) => copyIntoTrain(d, 'test', 0, 0), check)).toBe(1)
  })

  test('when an equation occurs twice', () => {
    const twice = violationsAfter(
      small,
      42,
      ({ train }) => {
        train.tokens.copyWithin(3, 0, 3)
        train.labels.copyWithin(1, 0, 1)
      },
      /occur twice/
    )
    expect(twice).toBe(1)
  })

  test('when a probe of training is not in training', () => {
    const foreign = violationsAfter(
      small,
      42,
      ({ splits }) => splits['train']!.tokens.set(splits['test']!.tokens.subarray(0, 3)),
      /not in training/
    )
    expect(foreign).toBe(1)
  })

  test.each(operationNames)('when an answer of %s is wrong', (operation) => {
    const config = modular({ operation, modulus: 11, trainFraction: 0.5, probes: 100 })
    const wrong = violationsAfter(
      config,
      42,
      ({ train }) => train.labels.set([(train.labels[7]! + 1) % 11], 7),
      /contradict/
    )
    expect(wrong).toBe(1)
  })

  test('when a target is not in the vocabulary', () => {
    const outside = violationsAfter(small, 42, ({ train }) => train.labels.set([12], 0), /outside/)
    expect(outside).toBe(1)
  })
})

describe('chance', () => {
  test.each(operationNames)('of %s is what trying every guess gives', (operation) => {
    const config = modular({ operation, modulus: 7, probes: 10 })
    const { chance } = summarize(buildDataset(config, 0), config)
    const equations = listEquations(config)
    const best = (group: (typeof equations)[number][]): number => {
      const counts = new Map<string, number>()
      for (const { z } of group) counts.set(z, (counts.get(z) ?? 0) + 1)
      return Math.max(...counts.values())
    }
    const grouped = (by: 'x' | 'y'): number =>
      [...new Set(equations.map((equation) => equation[by]))].reduce(
        (sum, one) => sum + best(equations.filter((equation) => equation[by] === one)),
        0
      )
    const expected = [best(equations), grouped('x'), grouped('y')]
    expect(chance.map(({ accuracy }) => accuracy)).toEqual(
      expected.map((right) => right / equations.length)
    )
  })
})

test('mirrors of training equations in the test are counted openly', () => {
  const config = modular({ modulus: 13, trainFraction: 0.5, probes: 1000 })
  const { train, splits } = referenceModular(config, 4)
  const trained = new Set(train.map(({ tokens: [x, y] }) => `${x} ${y}`))
  const mirrors = splits['test']!.filter(({ tokens: [x, y] }) => trained.has(`${y} ${x}`)).length
  expect(mirrors).toBeGreaterThan(0)
  const { notes } = summarize(buildDataset(config, 4), config)
  expect(notes).toHaveLength(1)
  expect(notes[0]).toContain(`${mirrors} of ${splits['test']!.length} test equations`)
  const minus = { ...config, operation: 'x-y' as const }
  expect(summarize(buildDataset(minus, 4), minus).notes).toEqual([])
})

describe('rules that span fields', () => {
  const refusals = (dataset: Partial<ModularConfig>): unknown[] => {
    const result = RunConfig.safeParse({ dataset: { kind: 'modular', ...dataset } })
    return result.success
      ? []
      : result.error.issues.map((issue) => [
          issue.path.join('.'),
          issue.code === 'custom' ? issue.params?.['nearest'] : undefined
        ])
  }

  test.each([
    [100, 101],
    [4, 3],
    [1000, 997],
    [9, 7]
  ])('dividing modulo %d names the nearest prime', (modulus, nearest) => {
    expect(refusals({ operation: 'x/y', modulus })).toEqual([['dataset.modulus', nearest]])
    expect(refusals({ operation: 'x/y', modulus: nearest })).toEqual([])
    expect(refusals({ operation: 'x+y', modulus })).toEqual([])
  })

  test('a fraction leaves an equation on either side', () => {
    expect(refusals({ modulus: 3, trainFraction: 0.01 })).toEqual([
      ['dataset.trainFraction', 1 / 9]
    ])
    expect(refusals({ modulus: 3, trainFraction: 0.99 })).toEqual([
      ['dataset.trainFraction', 8 / 9]
    ])
  })
})

test.each(operationNames)('%s is said to commute if it does, on every pair', (operation) => {
  const equations = listEquations(modular({ operation, modulus: 7 }))
  const answers = new Map(equations.map(({ x, y, z }) => [`${x} ${y}`, z]))
  const differing = equations.filter(({ x, y, z }) => (answers.get(`${y} ${x}`) ?? z) !== z)
  expect(operationOf(operation).commutes ?? false).toBe(differing.length === 0)
})
