import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import peggy from 'peggy'
import { describe, expect, it } from 'vitest'
import type { RunRow } from '@shared/contract'
import { completeQuery, findRuns, parseQuery } from '@shared/query'
import { isDraft, soundPart } from '@shared/query/draft'
import { risenAt, runRow } from '../../support/run-rows'

const now = Date.UTC(2026, 10, 24)
const steps = [0, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000]
const last = (ood: number | null): RunRow['last'] => ({
  'accuracy/test_inferred_ood': ood,
  batchLoss: 0.5
})
const runs: readonly RunRow[] = [
  runRow(
    'grokked',
    { model: { family: 'llama', nLayer: 4, dModel: 64, nHead: 4 }, seed: 1 },
    {
      tags: ['depth', 'paper'],
      last: last(0.98),
      createdAt: new Date(2026, 10, 1, 12).getTime(),
      milestones: risenAt(steps, { train: 500, iid: 1000, ood: 5000 })
    }
  ),
  runRow(
    'memorised',
    { model: { family: 'gpt2', nLayer: 2, dModel: 64, nHead: 4 }, optimizer: { weightDecay: 0 } },
    {
      note: 'decay off, look again',
      last: last(0.41),
      createdAt: new Date(2026, 10, 2, 1).getTime(),
      milestones: risenAt(steps, { train: 500, iid: 1000, ood: null })
    }
  ),
  runRow(
    'coffee',
    { dataset: { kind: 'modular' }, model: { family: 'transformer1' } },
    { state: 'failed', last: { 'accuracy/test': 0.95, batchLoss: null }, createdAt: 0 }
  )
]

function found(query: string): string[] {
  const { test, error } = parseQuery(query)
  if (error) throw new Error(error.message)
  return runs.filter((run) => test!(run, now)).map(({ id }) => id)
}

describe('a query', () => {
  it.each([
    ['', ['grokked', 'memorised', 'coffee']],
    ['model.family = llama and ood > .9', ['grokked']],
    ['family = LLaMA', ['grokked']],
    ['ood > .9', ['grokked', 'coffee']],
    ['not ood > .9', ['memorised']],
    ['model.nLayer in (2, 4)', ['grokked', 'memorised']],
    ['nLayer != 4', ['memorised', 'coffee']],
    // A run on other data has no ratio, and meets nothing that is asked about it.
    ['phi != 3', ['grokked', 'memorised']],
    ['phi = 3 or not phi != 3', ['coffee']],
    ['memorised < 2000', ['grokked', 'memorised']],
    ['generalised = never', ['memorised']],
    ['generalised != never', ['grokked']],
    ['delay > 10000', ['memorised']],
    ['delay > 30k', []],
    ['delay <= 4500', ['grokked']],
    ['generalised < 20000', ['grokked']],
    ['tags has paper', ['grokked']],
    ['tags ~ ^dep', ['grokked']],
    ['note has "look again"', ['memorised']],
    ['state = failed', ['coffee']],
    ['loss = none', ['coffee']],
    ['created > 2026-11-01', ['memorised']],
    ['created >= 2026-11-01', ['grokked', 'memorised']],
    ['created = 2026-11', ['grokked', 'memorised']],
    ['optimizer.weightDecay = 0 or state=failed', ['memorised', 'coffee']],
    ['(state = failed or ood < .5) and not tags has paper', ['memorised', 'coffee']],
    ['name ~ "^(gro|cof)"', ['grokked', 'coffee']],
    ['accuracy/test >= 95%', ['coffee']],
    ['GPT-2 2L', ['memorised']],
    ['look decay', ['memorised']],
    ['seed = 1', ['grokked']],
    ['dataset.endTarget = yes', ['grokked', 'memorised']]
  ])('%s', (query, ids) => {
    expect(found(query)).toEqual(ids)
  })

  it.each([
    ['ood >', 5, 'Here a value is missing.'],
    ['ood > .9 and', 12, 'missing'],
    ['(ood > .9', 9, 'missing'],
    ['ood > high', 6, 'compared with a number'],
    ['model.famly = llama', 0, 'Did you mean model.family?'],
    ['model.family = lama', 15, 'Did you mean llama?'],
    ['model.family > llama', 15, 'has no order'],
    ['created > yesterday', 10, 'is no date'],
    ['name ~ "("', 7, 'is no pattern'],
    ['ood > .9 or or x', 12, 'cannot stand here'],
    ['duration > 5', 11, '10min']
  ])('says where %s goes wrong, and what would be possible', (query, at, message) => {
    const { error } = parseQuery(query)
    expect(error?.at[0]).toBe(at)
    expect(error?.message).toContain(message)
  })

  it('never throws, whatever is typed', () => {
    const word = fc.constantFrom(
      'ood',
      '>',
      '.9',
      'and',
      'or',
      'not',
      '(',
      ')',
      'in',
      'tags',
      '"',
      ' ',
      '=',
      'x,',
      '~'
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 12 }), (words) => {
        const { test, error } = parseQuery(words.join(' '))
        expect(test === null).toBe(error !== null)
      })
    )
  })

  it('follows De Morgan, and finds every run or its opposite', () => {
    const part = fc.constantFrom(
      'ood > .5',
      'state = failed',
      'tags has paper',
      'nLayer = 2',
      'coffee'
    )
    fc.assert(
      fc.property(part, part, (a, b) => {
        expect(found(`not (${a} or ${b})`)).toEqual(found(`not ${a} and not ${b}`))
        expect(found(`${a} or not ${a}`)).toHaveLength(runs.length)
        expect(found(`${a} ${b}`)).toEqual(found(`${a} and ${b}`))
      })
    )
  })

  it('has the parser that its grammar makes', () => {
    const folder = 'src/shared/query'
    const grammar = readFileSync(`${folder}/grammar.peggy`, 'utf8')
    const made = peggy.generate(grammar, {
      output: 'source',
      format: 'es',
      grammarSource: `${folder}/grammar.peggy`
    })
    expect(readFileSync(`${folder}/grammar.js`, 'utf8').trim()).toBe(made.trim())
  })
})

describe('completion', () => {
  const offered = (text: string, at = text.length): string[] =>
    completeQuery(text, at, runs).map(({ text: offer }) => offer)

  it('offers settings and measures by any part of their names', () => {
    expect(offered('model.f')[0]).toBe('model.family')
    expect(offered('ood > .9 and wei')).toContain('optimizer.weightDecay')
    expect(offered('memo')).toContain('memorised')
  })

  it('offers values that runs have', () => {
    expect(offered('model.family = ')).toEqual(
      expect.arrayContaining(['gpt2', 'llama', 'transformer1', 'mamba'])
    )
    expect(offered('tags has p')[0]).toBe('paper')
    expect(offered('nLayer in (2, ')).toEqual(['1', '2', '4'])
    expect(offered('generalised = ne')).toEqual(['never'])
  })

  it('replaces the word that the caret stands in, and gives what can be read back', () => {
    const [first] = completeQuery('mod = 3', 2, runs)
    expect(first).toMatchObject({ from: 0, to: 3 })
    for (const { text } of completeQuery('name = ', 7, runs)) {
      expect(parseQuery(`name = ${text}`).error).toBeNull()
    }
  })
})

describe('a query while it is typed', () => {
  const shown = (text: string): string[] =>
    runs.filter((run) => soundPart(text)(run, now)).map(({ id }) => id)

  it('asks what of it is sound', () => {
    expect(isDraft('model.fam')).toBe(true)
    expect(isDraft('ood > .9 and')).toBe(true)
    expect(isDraft('zebra')).toBe(false)
    expect(shown('model.fam')).toHaveLength(runs.length)
    expect(shown('state = failed and model.famly = x')).toEqual(['coffee'])
    expect(shown('state = failed and ood > .2 and (x')).toEqual(['coffee'])
  })

  it('finds runs in their order, and while it is a draft what its sound part finds', () => {
    const found = (text: string): string[] => findRuns(text, runs, now).map(({ id }) => id)
    expect(findRuns('  ', runs, now)).toBe(runs)
    expect(found('state = failed')).toEqual(['coffee'])
    expect(found('state = failed and model.famly = x')).toEqual(['coffee'])
    // Finished, and nothing is found: nothing is shown.
    expect(found('zebra')).toEqual([])
  })
})
