import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CompositionConfig, RunConfig } from '@shared/config'
import { UserError } from '@shared/errors'
import { buildDataset, summarize } from '../../../src/main/datasets/index'
import {
  copyIntoTrain,
  expectEqual,
  expectSound,
  rowsOf,
  seeds,
  tryBuild,
  violationsAfter
} from '../../support/datasets'
import { referenceComposition } from '../../support/reference/composition'
import type { Row } from '../../support/reference/rows'

const composition = (changes: Partial<CompositionConfig> = {}): CompositionConfig =>
  CompositionConfig.parse({ kind: 'composition', ...changes })
const small = composition({
  ...{ entities: 40, relations: 8, degree: 4, phi: 1 },
  ...{ oodShare: 0.3, testShare: 0.2, probes: 30 }
})
const atomics = 160

const anySmall = fc
  .record({
    entities: fc.integer({ min: 10, max: 40 }),
    relations: fc.integer({ min: 6, max: 10 }),
    degree: fc.integer({ min: 2, max: 6 }),
    phi: fc.double({ min: 0.1, max: 1.5, noNaN: true }),
    oodShare: fc.double({ min: 0.2, max: 0.5, noNaN: true }),
    testShare: fc.double({ min: 0.1, max: 0.3, noNaN: true }),
    probes: fc.integer({ min: 1, max: 100 }),
    endTarget: fc.boolean()
  })
  .map(composition)

test('every row, split and hash is that of the slow reference, for any small setting and seed', () => {
  let built = 0
  fc.assert(
    fc.property(anySmall, fc.integer(seeds), (config, seed) => {
      const dataset = tryBuild(config, seed)
      const reference = referenceComposition(config, seed)
      const { train, iid, ood } = reference.sizes
      const wanted = Math.round(config.phi * idFactsOf(config))
      expect(dataset === undefined).toBe(iid === 0 || ood === 0 || wanted > train)
      if (!dataset) return
      built++
      expectEqual(dataset, reference)
      const { counts } = expectSound(dataset, config)
      const shown = Object.fromEntries(counts.map(({ name, count }) => [name, count]))
      expect(shown).toMatchObject({
        train_pool: train,
        iid_pool: iid,
        ood_pool: ood,
        mixed: reference.sizes.mixed,
        two_hops: train + iid + ood + reference.sizes.mixed
      })
    }),
    { numRuns: 60 }
  )
  expect(built).toBeGreaterThan(30)
})

function idFactsOf({ entities, degree, oodShare }: CompositionConfig): number {
  return entities * degree - Math.round(oodShare * entities * degree)
}

test('no test fact is trained on, and no OOD hop is in a trained two-hop fact', () => {
  fc.assert(
    fc.property(anySmall, fc.integer(seeds), (config, seed) => {
      const dataset = tryBuild(config, seed)
      if (!dataset) return
      const rows = rowsOf(dataset, dataset.train)
      const [id, ood] = dataset.trainParts.map(({ count }) => count) as [number, number]
      const tails = new Map(
        rows.slice(0, id + ood).map(({ tokens: [h, r], targets }) => [`${h} ${r}`, targets[0]!])
      )
      const oodFacts = new Set(rows.slice(id, id + ood).map(({ tokens: [h, r] }) => `${h} ${r}`))
      const hops = ({ tokens: [h, r1, r2] }: Row): [string, string] => {
        const bridge = tails.get(`${h} ${r1}`)!
        return [`${h} ${r1}`, `${bridge} ${r2}`]
      }
      const trained = rows.slice(id + ood)
      const seen = new Set(trained.map(({ tokens: [h, r1, r2] }) => `${h} ${r1} ${r2}`))
      for (const row of trained) {
        expect(hops(row).some((hop) => oodFacts.has(hop))).toBe(false)
        expect(tails.get(hops(row)[1])).toBe(row.targets[0])
      }
      for (const name of ['test_inferred_iid', 'test_inferred_ood']) {
        for (const row of rowsOf(dataset, dataset.splits[name]!)) {
          expect(seen.has(row.tokens.slice(0, 3).join(' '))).toBe(false)
          const isOod = hops(row).map((hop) => oodFacts.has(hop))
          expect(isOod).toEqual(name.endsWith('ood') ? [true, true] : [false, false])
          expect(tails.get(hops(row)[1])).toBe(row.targets[0])
        }
      }
    }),
    { numRuns: 60 }
  )
})

test('the full study has its sizes', () => {
  const config = composition({ phi: 18 })
  const dataset = buildDataset(config, 42)
  expectSound(dataset, config)
  expect(dataset.trainParts.map(({ count }) => count)).toEqual([38_000, 2_000, 684_000])
  expect(dataset.vocabulary.size).toBe(2207) // 2,206 and a pad
  expect([dataset.contextLength, dataset.answers]).toEqual([4, 2])
  // About 800,000 x 0.95² x 0.005 are held out, and 800,000 x 0.05² are OOD
  const { test_inferred_iid, test_inferred_ood } = dataset.pools
  expect(Math.abs(test_inferred_iid! - 3610)).toBeLessThan(6 * 60)
  expect(Math.abs(test_inferred_ood! - 2000)).toBeLessThan(600)
})

test('another phi keeps knowledge, OOD facts and all probes but those of training', () => {
  const [few, many] = [buildDataset(small, 5), buildDataset({ ...small, phi: 1.5 }, 5)]
  const T = few.contextLength
  expect(many.train.tokens.slice(0, atomics * T)).toEqual(few.train.tokens.slice(0, atomics * T))
  const { train_inferred: own, ...shared } = few.splits
  expect(many.splits).toMatchObject(shared)
  expect(many.splits['train_inferred']).not.toEqual(own)
})

test('one seed gives one data set, another seed another', () => {
  expect(buildDataset(small, 5)).toEqual(buildDataset(small, 5))
  expect(buildDataset(small, 5).hash).not.toBe(buildDataset(small, 6).hash)
})

describe('a leak is found', () => {
  const T = 4
  test('when a held-out fact is trained on', () => {
    const check = /Test two-hop facts seen/
    const leaky = violationsAfter(
      small,
      42,
      (d) => copyIntoTrain(d, 'test_inferred_iid', 0, atomics),
      check
    )
    expect(leaky).toBe(1)
  })

  test('when OOD hops are trained on', () => {
    const copy = (d: Parameters<typeof copyIntoTrain>[0]): void =>
      copyIntoTrain(d, 'test_inferred_ood', 0, atomics)
    expect(violationsAfter(small, 42, copy, /with an OOD hop/)).toBe(1)
    expect(violationsAfter(small, 42, copy, /Test two-hop facts seen/)).toBe(1)
  })

  test('when a probe sits in the wrong split', () => {
    const swapped = violationsAfter(
      small,
      42,
      ({ splits }) => {
        const { test_inferred_iid: iid, test_inferred_ood: ood } = splits
        ood!.tokens.set(iid!.tokens.subarray(0, T))
        ood!.labels.set(iid!.labels.subarray(0, 2))
      },
      /wrong split/
    )
    expect(swapped).toBe(1)
  })

  test('when a fact occurs twice, or contradicts the atomic facts', () => {
    const twice = violationsAfter(
      small,
      42,
      ({ train }) => train.tokens.copyWithin((atomics + 1) * T, atomics * T, (atomics + 1) * T),
      /occur twice/
    )
    expect(twice).toBe(1)
    const wrong = violationsAfter(
      small,
      42,
      ({ train }) => train.labels.set([(train.labels[atomics * 2]! + 1) % 40], atomics * 2),
      /contradict/
    )
    expect(wrong).toBe(1)
  })
})

describe('refusals', () => {
  test('a phi that the seed cannot supply names the nearest, which then works', () => {
    const config = { ...small, phi: 2.4 }
    let caught: unknown
    try {
      buildDataset(config, 42)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(UserError)
    const nearest = (caught as UserError).issues[0]!.nearest as number
    expect((caught as UserError).message).toMatch(/^dataset\.phi: 2\.4 needs 269 two-hop facts/)
    expect(summarize(buildDataset({ ...config, phi: nearest }, 42), config).leaks).toHaveLength(6)
    expect(() => buildDataset({ ...config, phi: nearest + 0.1 }, 42)).toThrow(UserError)
  })

  test.each([
    [{ degree: 300 }, 'dataset.degree', 200],
    [{ entities: 20000, degree: 200 }, 'dataset.degree', 50],
    [{ phi: 500 }, 'dataset.phi', 18.9],
    [{ entities: 4, relations: 2, degree: 2, oodShare: 0.01 }, 'dataset.oodShare', 1 / 8]
  ])('%j is refused by the schema', (dataset, path, nearest) => {
    const result = RunConfig.safeParse({ dataset: { kind: 'composition', ...dataset } })
    const [issue] = result.error!.issues
    expect(issue!.path.join('.')).toBe(path)
    expect(issue).toMatchObject({ params: { nearest } })
  })
})
