import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparisonCounts } from '@shared/comparison-counts'
import { UserError } from '@shared/errors'
import type { Dataset } from '../../../src/main/datasets/dataset'
import { buildDataset, datasetShape, stepsPerEpoch } from '../../../src/main/datasets/index'
import { comparisonConfig, smallComparisons, tiny } from '../../support/comparison'
import { rowsOf, tryBuild } from '../../support/datasets'
import { referenceComparison, type Row } from '../../support/reference/comparison'

describe('against the slow reference', () => {
  test('every row of every split is equal, and so is the hash, for any small setting and seed', () => {
    let built = 0
    fc.assert(
      fc.property(smallComparisons, fc.integer({ min: 0, max: 4294967295 }), (config, seed) => {
        const dataset = tryBuild(config, seed)
        const reference = referenceComparison(config, seed)
        if (!dataset) {
          const needed = comparisonCounts(config).trainInferred
          expect(reference.iidPool.length === 0 || reference.trainPool.length < needed).toBe(true)
          return
        }
        built++
        expect(dataset.vocabulary.tokens).toEqual(reference.vocabulary)
        expect(rowsOf(dataset, dataset.train)).toEqual(reference.train)
        expect(Object.keys(dataset.splits)).toEqual(Object.keys(reference.splits))
        for (const [name, examples] of Object.entries(dataset.splits)) {
          expect(rowsOf(dataset, examples)).toEqual(reference.splits[name])
        }
        expect(dataset.hash).toBe(reference.hash)
      }),
      { numRuns: 60 }
    )
    expect(built).toBeGreaterThan(30)
  })

  // Worked out by test/support/reference/comparison.ts, which shares no code with the generator.
  test.each([
    ['tiny', tiny, 42, 'fb48835d42ff3d9e9200f59eb6079b7f84343c33f71886b155130b99e50056c0'],
    [
      'tiny without the end token',
      { ...tiny, endTarget: false },
      7,
      'b2a1f3c7004ef5a53563cc7f558d773346e09da51d8202650778fc214f99b957'
    ]
  ])('the hash of %s is the same on every machine', (_, config, seed, hash) => {
    expect(referenceComparison(config, seed).hash).toBe(hash)
    expect(buildDataset(config, seed).hash).toBe(hash)
  })
})

describe('leak freedom', () => {
  test('holds for any small setting and seed', () => {
    fc.assert(
      fc.property(smallComparisons, fc.integer({ min: 0, max: 4294967295 }), (config, seed) => {
        const dataset = tryBuild(config, seed)
        if (!dataset) return
        const [id, ood] = [new Set<string>(), new Set<string>()]
        const trained = rowsOf(dataset, dataset.train)
        const { idAtomic, oodAtomic } = comparisonCounts(config)
        const fact = (attribute: string, entity: string): string => `${attribute} ${entity}`
        trained.slice(0, idAtomic).forEach(({ tokens: [e, a] }) => id.add(fact(a!, e!)))
        trained
          .slice(idAtomic, idAtomic + oodAtomic)
          .forEach(({ tokens: [e, a] }) => ood.add(fact(a!, e!)))
        expect(id.size).toBe(idAtomic)
        expect(ood.size).toBe(oodAtomic)
        for (const one of ood) expect(id.has(one)).toBe(false)

        const sides = ({ tokens: [a, , e1, , e2] }: Row): [string, string] => [
          fact(a!, e1!),
          fact(a!, e2!)
        ]
        const pair = (row: Row): string => sides(row).sort().join()
        const comparisons = trained.slice(idAtomic + oodAtomic)
        const seen = new Set(comparisons.map(pair))
        expect(new Set(comparisons.map((row) => sides(row).join())).size).toBe(comparisons.length)
        for (const row of comparisons) expect(sides(row).every((side) => id.has(side))).toBe(true)

        const split = (name: string): Row[] => rowsOf(dataset, dataset.splits[name]!)
        for (const row of split('test_inferred_iid')) {
          expect(sides(row).every((side) => id.has(side))).toBe(true)
          expect(seen.has(pair(row))).toBe(false)
        }
        for (const row of split('test_inferred_ood')) {
          expect(sides(row).every((side) => ood.has(side))).toBe(true)
        }
        const training = new Set(comparisons.map((row) => sides(row).join()))
        for (const row of split('train_inferred'))
          expect(training.has(sides(row).join())).toBe(true)
      }),
      { numRuns: 60 }
    )
  })
})

describe('sizes', () => {
  test('of the small setting', () => {
    const dataset = buildDataset(tiny, 42)
    expect(dataset.trainParts).toEqual([
      { name: 'id_atomic', count: 48 },
      { name: 'ood_atomic', count: 12 },
      { name: 'train_inferred', count: 96 }
    ])
    expect(dataset.train.count).toBe(156)
    expect(Object.values(dataset.splits).map((s) => s.count)).toEqual([30, 30, 30, 30, 12])
    const { train_inferred, test_inferred_iid, ...rest } = dataset.pools
    expect(train_inferred).toBe(96)
    expect(test_inferred_iid).toBe(referenceComparison(tiny, 42).iidPool.length)
    expect(rest).toEqual({ test_inferred_ood: 36, id_atomic: 48, ood_atomic: 12 })
    expect(dataset.vocabulary.size).toBe(20 + 3 + 5 + 6 + 9 + 1)
    expect([dataset.contextLength, dataset.answers]).toEqual([6, 2])
  })

  test('of the full study', () => {
    const config = comparisonConfig()
    const dataset = buildDataset(config, 42)
    expect(dataset.trainParts.map((part) => part.count)).toEqual([18_000, 2_000, 226_800])
    expect(dataset.train.count).toBe(246_800)
    expect(dataset.train.tokens.length).toBe(246_800 * 6)
    expect(Object.values(dataset.splits).map((s) => s.count)).toEqual([
      3000, 3000, 3000, 3000, 2000
    ])
    expect(dataset.vocabulary.size).toBe(1107)
    expect(dataset.pools['test_inferred_ood']).toBe(198_000)
    // 8,091,000 coins of probability 0.1: within six standard deviations, in ordered pairs
    const heldOut = dataset.pools['test_inferred_iid']!
    expect(Math.abs(heldOut - 1_618_200)).toBeLessThan(2 * 6 * Math.sqrt(8_091_000 * 0.09))
  })

  test.each([
    [3.6, 84_800, 166],
    [7.2, 149_600, 293],
    [9.0, 182_000, 356],
    [12.6, 246_800, 483]
  ])('at phi %d the study has %d examples and %d steps an epoch', (phi, examples, steps) => {
    const config = comparisonConfig({ phi })
    expect(datasetShape(config)).toEqual({
      vocabularySize: 1107,
      contextLength: 6,
      answers: 2,
      trainExamples: examples
    })
    expect(stepsPerEpoch(config, 512)).toBe(steps)
  })

  test('known from the settings equal those that are built', () => {
    fc.assert(
      fc.property(smallComparisons, (config) => {
        const dataset = tryBuild(config, 1)
        if (!dataset) return
        const { vocabulary, contextLength, answers, train } = dataset
        const built = {
          contextLength,
          answers,
          vocabularySize: vocabulary.size,
          trainExamples: train.count
        }
        expect(datasetShape(config)).toEqual(built)
      })
    )
  })
})

describe('draws', () => {
  test('one seed gives one data set, another seed another', () => {
    expect(buildDataset(tiny, 5)).toEqual(buildDataset(tiny, 5))
    expect(buildDataset(tiny, 5).hash).not.toBe(buildDataset(tiny, 6).hash)
  })

  test('another phi keeps knowledge, ID entities and all probes but those of training', () => {
    const [few, many] = [buildDataset(tiny, 5), buildDataset({ ...tiny, phi: 5 }, 5)]
    const atomics = (d: Dataset): Int32Array => d.train.tokens.slice(0, 60 * d.contextLength)
    expect(atomics(many)).toEqual(atomics(few))
    const { train_inferred: own, ...shared } = few.splits
    expect(many.splits).toMatchObject(shared)
    expect(many.splits['train_inferred']).not.toEqual(own)
  })

  test('values, classes and held-out share follow their distributions', () => {
    const config = comparisonConfig({
      entities: 200,
      attributes: 10,
      values: 4,
      phi: 20,
      probes: 100_000
    })
    const dataset = buildDataset(config, 9)
    const within = (count: number, n: number, p: number): void =>
      expect(Math.abs(count - n * p)).toBeLessThan(6 * Math.sqrt(n * p * (1 - p)))
    const facts = 2000
    const firstValue = 200 + 10
    for (let v = 0; v < 4; v++) {
      const answers = Array.from(
        { length: facts },
        (_, i) => dataset.train.labels[i * dataset.answers]!
      )
      within(answers.filter((id) => id === firstValue + v).length, facts, 1 / 4)
    }
    within(dataset.pools['test_inferred_iid']! / 2, (10 * 180 * 179) / 2, 0.1)
    // A fact and its mirror have opposite classes, so < and > balance over a whole pool
    const iid = dataset.splits['test_inferred_iid']!
    expect(iid.count).toBe(dataset.pools['test_inferred_iid'])
    const classes = [0, 0, 0]
    const firstLabel = 200 + 10 + 4 + 6
    for (let i = 0; i < iid.count; i++)
      classes[(iid.labels[i * dataset.answers]! - firstLabel) % 3]!++
    expect(classes[0]).toBe(classes[2])
  })
})

describe('settings a seed cannot meet', () => {
  test('too high a phi is refused with the nearest, which then works', () => {
    const config = { ...tiny, phi: 12.4 }
    const caught = ((): unknown => {
      try {
        return buildDataset(config, 42)
      } catch (error) {
        return error
      }
    })()
    expect(caught).toBeInstanceOf(UserError)
    const { code, message, issues } = caught as UserError
    expect(code).toBe('dataset.phi')
    expect(message).toContain('12.4')
    const nearest = issues[0]!.nearest as number
    expect(issues[0]!.path).toBe('dataset.phi')
    expect(nearest).toBeLessThan(12.4)
    expect(buildDataset({ ...config, phi: nearest }, 42).train.count).toBeGreaterThan(60)
    expect(() => buildDataset({ ...config, phi: nearest + 0.1 }, 42)).toThrow(UserError)
  })

  test('no held-out pair at all is refused by name', () => {
    expect(() => buildDataset({ ...tiny, testShare: 1e-9 }, 42)).toThrow(/dataset\.testShare/)
  })
})
