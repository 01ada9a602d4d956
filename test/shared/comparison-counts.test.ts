import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  comparisonCounts,
  maxEntities,
  maxPairs,
  maxPhi,
  nearestPhi,
  tradeOffs
} from '@shared/comparison-counts'

const study = { entities: 1000, attributes: 20, phi: 12.6, idShare: 0.9, testShare: 0.1 }

test('the full study holds what science 1.2 lists', () => {
  expect(comparisonCounts(study)).toEqual({
    idEntities: 900,
    oodEntities: 100,
    idAtomic: 18_000,
    oodAtomic: 2_000,
    idPairs: 16_182_000,
    trainPool: 14_563_800,
    oodPairs: 198_000,
    trainInferred: 226_800
  })
})

test('counts equal those of pairs listed one by one', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      (entities, attributes, idShare) => {
        const counts = comparisonCounts({ ...study, entities, attributes, idShare })
        const isId = (e: number): boolean => e < counts.idEntities
        const seen = { id: 0, ood: 0, mixed: 0 }
        for (let a = 0; a < attributes; a++) {
          for (let x = 0; x < entities; x++) {
            for (let y = 0; y < entities; y++) {
              if (x === y) continue
              seen[isId(x) && isId(y) ? 'id' : isId(x) || isId(y) ? 'mixed' : 'ood']++
            }
          }
        }
        expect([counts.idPairs, counts.oodPairs]).toEqual([seen.id, seen.ood])
      }
    )
  )
})

describe('the nearest phi', () => {
  // science 1.6: the entities sweep with 20,000 / E attributes
  test.each([
    [20, 1000, 15.3],
    [50, 400, 39.6],
    [100, 200, 80.1]
  ])('with %d entities and %d attributes is %d', (entities, attributes, phi) => {
    expect(maxPhi({ ...study, entities, attributes })).toBe(phi)
  })

  test('is reachable, and a tenth more is not', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e7 }),
        fc.integer({ min: 1, max: 1e5 }),
        (pool, idAtomic) => {
          const phi = nearestPhi(pool, idAtomic)!
          expect(phi).toBeGreaterThan(0)
          expect(Math.round(phi * idAtomic)).toBeLessThanOrEqual(pool)
          expect((phi + 0.1) * idAtomic).toBeGreaterThan(pool * (1 - 1e-12))
        }
      )
    )
  })

  test('does not exist for an empty pool', () => {
    expect(nearestPhi(0, 10)).toBeUndefined()
  })
})

test('the most entities keep within the limit of pairs, one more does not', () => {
  for (const attributes of [1, 2, 20, 400, 2000]) {
    const pairs = (e: number): number => attributes * e * (e - 1)
    const most = maxEntities(attributes)
    expect(pairs(most)).toBeLessThanOrEqual(maxPairs)
    expect(pairs(most + 1)).toBeGreaterThan(maxPairs)
  }
})

describe('the entity-attribute trade-off', () => {
  test("of the study's 20,000 facts holds the settings of its entity sweep that are round", () => {
    expect(tradeOffs(20_000)).toEqual([
      ...[
        [10, 2000],
        [20, 1000],
        [50, 400],
        [100, 200],
        [200, 100],
        [500, 40],
        [1000, 20]
      ],
      ...[
        [2000, 10],
        [5000, 4],
        [10_000, 2],
        [20_000, 1]
      ]
    ])
  })

  test('of any number keeps within the limits of both settings', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 1_000_000 }), (facts) => {
        const pairs = tradeOffs(facts)
        expect(pairs.length).toBeLessThanOrEqual(11)
        for (const [entities, attributes] of pairs) {
          expect(entities * attributes).toBe(facts)
          expect(entities).toBeLessThanOrEqual(20_000)
          expect(attributes).toBeLessThanOrEqual(2000)
        }
      })
    )
  })
})
