import { describe, expect, it } from 'vitest'
import type { RunRow } from '@shared/contract'
import { splitsOf } from '@shared/splits'
import { runSplits, splitStyles } from '@shared/figure/split-styles'
import { datasetKinds } from '@shared/dataset-config'

const names = (run: Pick<RunRow, 'config' | 'last'>): string[] =>
  runSplits(run).map(({ name }) => name)

describe('how splits are drawn', () => {
  it.each(datasetKinds)('lets no two splits of one chart look the same: %s', (kind) => {
    const styles = splitStyles[kind]
    expect(styles.map(({ name }) => name)).toEqual(splitsOf[kind].map(({ name }) => name))
    expect(new Set(styles.map(({ color }) => color)).size).toBe(styles.length)
    // Nor where colours can't be told apart.
    const shapes = styles.map(({ dash, width, marker }) => JSON.stringify([dash, width, marker]))
    expect(new Set(shapes).size).toBe(styles.length)
  })

  it('draws a test as prominently as what is out of distribution', () => {
    const ood = splitStyles.comparison.find(({ role }) => role === 'ood')!
    const test = splitStyles.modular.find(({ role }) => role === 'test')!
    const { color, dash, width } = ood
    expect(test).toMatchObject({ color, dash, width })
  })

  it('shows the splits that a run has, and all of its kind before it has any', () => {
    const config = { dataset: { kind: 'in-context' } }
    expect(names({ config, last: {} })).toHaveLength(8)
    expect(
      names({ config, last: { batchLoss: 1, 'accuracy/test_context_ood': 0.1, 'accuracy/x': 1 } })
    ).toEqual(['test_context_ood'])
    expect(names({ config: { dataset: { kind: 'modular' } }, last: {} })).toEqual(['train', 'test'])
    // Of a kind that a later version made, what this one knows is shown.
    expect(names({ config: { dataset: { kind: 'unheard-of' } }, last: {} })).toHaveLength(5)
  })
})
