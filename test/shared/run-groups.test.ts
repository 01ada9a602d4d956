/** Runs that belong together: what they agree in, and how that is said. */
import { describe, expect, it } from 'vitest'
import { groupRuns, seedWords, settingWords, withoutSeed } from '@shared/run-groups'
import { runRow } from '../support/run-rows'

const run = (id: string, nLayer: number, seed: number, clipNorm: number | null = 1) =>
  runRow(id, { model: { family: 'gpt2', nLayer }, seed, optimizer: { clipNorm } })
const runs = [run('a', 2, 1), run('b', 4, 1), run('c', 2, 2), run('d', 2, 1, null)]
const members = (by: string[]): string[] =>
  groupRuns(runs, by).map((group) => group.runs.map(({ id }) => id).join(''))

describe('groups of runs', () => {
  it('are seeds of one config, in the order of their first runs', () => {
    expect(members([])).toEqual(['ac', 'b', 'd'])
  })

  it('are runs that agree in every setting named, an empty one and its lack included', () => {
    expect(members(['model.nLayer'])).toEqual(['acd', 'b'])
    expect(members(['model.nLayer', 'seed'])).toEqual(['ad', 'b', 'c'])
    expect(members(['model.nLayer', 'optimizer.clipNorm'])).toEqual(['ac', 'b', 'd'])
    const mixed = [runs[0]!, runRow('m', { model: { family: 'mamba' }, seed: 1 })]
    expect(groupRuns(mixed, ['model.nHead'])).toHaveLength(2)
  })

  it('takes the default where an older run does not name a setting', () => {
    const { optimizer, ...older } = runs[0]!.config
    expect(optimizer).toBeDefined()
    const old = { ...runs[0]!, id: 'old', config: older }
    const usual = runRow('usual')
    expect(groupRuns([old, usual], ['optimizer.weightDecay'])).toHaveLength(1)
  })

  it('have keys without blanks, as they are ids of rows', () => {
    const named = [runRow('n', { dataset: { kind: 'modular', operation: 'x+y' } })]
    for (const { key } of groupRuns(named, ['dataset.operation', 'model.family'])) {
      expect(key).toMatch(/^\S+$/)
    }
  })
})

describe('the words for groups', () => {
  it('say every setting that their runs agree in', () => {
    expect(settingWords(runs[1]!, ['model.family', 'model.nLayer'])).toBe('Family GPT-2, Layers 4')
    expect(settingWords(runs[3]!, ['optimizer.clipNorm', 'model.nope'])).toMatch(
      / empty, model\.nope none$/
    )
    expect(withoutSeed('mini, seed 3')).toBe('mini')
    expect(withoutSeed('seed 3')).toBe('seed 3')
  })

  it('say which seeds there are, each once', () => {
    expect(seedWords(runs)).toBe('seeds 1, 2')
    expect(seedWords([runs[0]!])).toBe('seed 1')
    const many = Array.from({ length: 12 }, (_, i) => run(`r${i}`, 2, i + 3))
    expect(seedWords(many)).toBe('12 seeds from 3 to 14')
  })
})
