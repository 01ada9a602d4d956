/** Comparison settings for tests. */
import { ComparisonConfig } from '@shared/config'
import * as fc from 'fast-check'

/** The defaults with changes. */
export function comparisonConfig(changes: Partial<ComparisonConfig> = {}): ComparisonConfig {
  return ComparisonConfig.parse({ ...changes })
}

/** E = 20, A = 3: 16 ID and 4 OOD entities an attribute, 360 ID pairs, 96 training comparisons. */
export const tiny = comparisonConfig({
  entities: 20,
  attributes: 3,
  values: 5,
  phi: 2,
  idShare: 0.8,
  testShare: 0.2,
  probes: 30
})

/** Small settings that hold at least two entities on both sides, and mostly some held-out pair. */
export const smallComparisons: fc.Arbitrary<ComparisonConfig> = fc
  .record({
    entities: fc.integer({ min: 8, max: 40 }),
    attributes: fc.integer({ min: 1, max: 5 }),
    values: fc.integer({ min: 2, max: 8 }),
    phi: fc.double({ min: 0.5, max: 2, noNaN: true }),
    idShare: fc.double({ min: 0.6, max: 0.75, noNaN: true }),
    testShare: fc.double({ min: 0.1, max: 0.3, noNaN: true }),
    probes: fc.integer({ min: 1, max: 200 }),
    endTarget: fc.boolean()
  })
  .map(comparisonConfig)
