import { describe, expect, test } from 'vitest'
import { ComparisonConfig } from '@shared/config'
import { runWords } from '../../support/cli'
import { referenceComparison } from '../../support/reference/comparison'

const tiny = [
  'entities=20',
  'attributes=3',
  'values=5',
  'phi=2',
  'idShare=0.8',
  'testShare=0.2',
  'probes=30'
]
const words = [
  'data',
  'comparison-mini',
  ...tiny.flatMap((a) => ['--set', `dataset.${a}`]),
  '--set',
  'seed=42'
]

describe('data --json', () => {
  test('gives counts, hash and vocabulary of the data set, and steps per epoch', async () => {
    const { code, stdout, stderr } = await runWords([...words, '--json'], '/nowhere')
    expect([code, stderr]).toEqual([0, ''])
    const dataset = ComparisonConfig.parse({
      ...Object.fromEntries(tiny.map((a) => [a.split('=')[0], Number(a.split('=')[1])])),
      endTarget: false
    })
    const reference = referenceComparison(dataset, 42)
    const said = JSON.parse(stdout)
    expect(said).toMatchObject({
      kind: 'comparison',
      hash: reference.hash,
      vocabulary: reference.vocabulary,
      vocabularySize: reference.vocabulary.length,
      contextLength: 5,
      trainExamples: 156,
      stepsPerEpoch: 1
    })
    expect(said.counts).toContainEqual({
      name: 'iid_pool',
      label: expect.any(String),
      count: reference.iidPool.length
    })
    expect(said.leaks.every((leak: { violations: number }) => leak.violations === 0)).toBe(true)
  })
})

describe('data', () => {
  test('shows them as text', async () => {
    const { code, stdout } = await runWords(words, '/nowhere')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^comparison data set of seed 42\n {2}sha256 [0-9a-f]{64}\n/)
    expect(stdout).toMatch(/ID atomic facts, in training +48\n/)
    expect(stdout).toMatch(
      /Chance: 0\.4000 knowing the labels\n {2}Chance: 0\.6400 knowing one value\n/
    )
    expect(stdout).toMatch(/none {2}Training comparisons with an OOD entity/)
    expect(stdout).toMatch(
      /test_inferred_ood +<attr_\d> <q> <e_\d+> <mask> <e_\d+> \[<attr_\d_\d>\]/
    )
  })

  test('a ratio that the entities cannot supply is refused with the nearest', async () => {
    const { code, stderr } = await runWords([...words, '--set', 'dataset.phi=40'], '/nowhere')
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /^grokscope: dataset\.phi: 40 needs 1,920 training comparisons.*the nearest is 12\n/
    )
  })

  test('one that only this seed cannot supply, too', async () => {
    const { code, stderr } = await runWords(
      [...words, '--set', 'dataset.phi=12', '--set', 'seed=2'],
      '/nowhere'
    )
    const { trainPool } = referenceComparison(
      ComparisonConfig.parse({
        ...{ entities: 20, attributes: 3, values: 5 },
        ...{ phi: 2, idShare: 0.8, testShare: 0.2 }
      }),
      2
    )
    expect(trainPool.length).toBeLessThan(12 * 48)
    expect(code).toBe(2)
    expect(stderr).toContain(
      `12 needs 576 training comparisons, but this seed leaves ${trainPool.length}`
    )
  })
})
