import { describe, expect, it } from 'vitest'
import { datasetWords, modelWords } from '@shared/run-words'
import { runRow } from '../support/run-rows'

describe('a run in a few words', () => {
  it.each([
    [{}, 'comparison 1000×20 φ 12.6', 'GPT-2 8L 768d 12h'],
    [
      {
        dataset: { kind: 'modular', modulus: 59, trainFraction: 0.4 },
        model: { family: 'transformer1' }
      },
      'x+y mod 59, 40 %',
      'Transformer without LayerNorm 1L 128d 4h'
    ],
    [
      { dataset: { kind: 'modular', operation: 'xy in S5' }, model: { family: 'mamba' } },
      'xy in S5, 30 %',
      'Mamba 8L 768d'
    ],
    [
      { dataset: { kind: 'in-context', contextShare: 0.125 } },
      'in-context 12.5 %, 1000×20 φ 12.6',
      'GPT-2 8L 768d 12h'
    ],
    [{ dataset: { kind: 'composition' } }, 'composition 2000×20 φ 9', 'GPT-2 8L 768d 12h'],
    [
      { dataset: { kind: 'facts', path: 'C:\\data\\lakes.csv' } },
      'lakes.csv φ 12.6',
      'GPT-2 8L 768d 12h'
    ]
  ] as const)('%j', (input, dataset, model) => {
    const run = runRow('a', input)
    expect([datasetWords(run), modelWords(run)]).toEqual([dataset, model])
  })
})
