import { describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { runCaption } from '../../../src/shared/figure/run-caption'
import { twoPanels } from '../../support/figures'

const config = parseRunConfig({ seed: 7, model: { family: 'llama' } })
const run = { name: 'first try', config, parameterCount: 12_345, step: 2500 }

describe('the caption of one run', () => {
  it('says what is shown, of how many runs, which seed, and what was left out', () => {
    expect(runCaption(run, twoPanels.panels)).toBe(
      'Accuracy and loss of one run (n = 1; first try, seed 7; Comparison, LLaMA, 12,345 parameters) over ' +
        '2,500 steps. Accuracy: showing 61 of 2,431 points. Loss: showing 61 of 2,431 points. Where points ' +
        'are left out, those shown are the first, last, lowest and highest of each column of the chart.'
    )
  })

  it('says nothing of a reduction where there is none', () => {
    const [panel] = twoPanels.panels
    const caption = runCaption(run, [{ ...panel!, notes: ['all 61 points'] }])
    expect(caption).toMatch(/over 2,500 steps\. All 61 points\.$/)
  })
})
