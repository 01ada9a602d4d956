import { describe, expect, it } from 'vitest'
import type { RunConfigInput } from '@shared/config'
import type { RunRow } from '@shared/contract'
import { likelyQuestion } from '@shared/compare/difference-roles'
import { findGround, type GroundFinding } from '@shared/compare/ground-findings'
import { runRow } from '../../support/run-rows'

const gpt2: RunConfigInput = { model: { family: 'gpt2', tieHead: false } }
const llama: RunConfigInput = { model: { family: 'llama' } }

function findings(runs: readonly RunRow[], ...question: string[]): GroundFinding[] {
  return [...findGround(runs, new Set(question)).findings]
}
const keys = (list: readonly GroundFinding[], level?: string): string[] =>
  list.filter((finding) => !level || finding.level === level).map(({ key }) => key)

describe('the common ground of several runs', () => {
  it('is whole where only the question differs', () => {
    const runs = [runRow('a'), runRow('b', { optimizer: { weightDecay: 1 } })]
    expect(findings(runs, 'optimizer.weightDecay')).toEqual([])
    expect(keys(findings(runs))).toEqual(['setting:optimizer.weightDecay'])
  })

  it('names each setting that differs besides the question, with every run’s value', () => {
    const runs = [
      runRow('a'),
      runRow('b', { batchSize: 64, optimizer: { weightDecay: 1 } }),
      runRow('c', { optimizer: { weightDecay: 0.3 } })
    ]
    const [only, ...rest] = findings(runs, 'optimizer.weightDecay')
    expect(rest).toEqual([])
    expect(only).toMatchObject({
      level: 'confound',
      path: 'batchSize',
      values: ['512', '64', '512']
    })
  })

  it('lets a family bring its own settings, and names the confounds that come with it', () => {
    const ground = findGround([runRow('a', gpt2), runRow('b', llama)], new Set(['model.family']))
    expect(
      ground.differences.filter(({ role }) => role === 'unintended').map(({ path }) => path)
    ).toEqual([])
    expect(ground.differences.find(({ path }) => path === 'model.ropeTheta')?.role).toBe('belongs')
    expect(keys(ground.findings, 'confound')).toEqual(['sheet:decay'])
    expect(keys(ground.findings, 'note')).toEqual(['sheet:positions'])
    expect(ground.findings[0]!.values[1]).toContain('RMSNorm gains')
  })

  it('catches a tied head beside a separate one', () => {
    const runs = [runRow('a'), runRow('b', llama)]
    expect(keys(findings(runs, 'model.family'), 'confound')).toContain('setting:model.tieHead')
  })

  it('states sizes and work that do not match, with how far they are apart', () => {
    const runs = [
      runRow('a', gpt2, { parameterCount: 56_700_000 }),
      runRow('b', llama, {
        parameterCount: 30_200_000,
        cost: { flopsPerStep: 5.5e8, tokensPerStep: 2560, examplesPerStep: 512 }
      })
    ]
    const [size, work] = ['parameters', 'flops'].map((key) =>
      findings(runs, 'model.family').find((finding) => finding.key === key)!
    )
    expect(size).toMatchObject({ level: 'confound', values: ['56,700,000', '30,200,000'] })
    expect(size!.detail).toContain('1.88 times')
    expect(work).toMatchObject({ values: ['1 GFLOP', '550 MFLOP'] })
    expect(work!.detail).toContain('1.82 times')
  })

  it('takes sizes within five percent for matched, and those of a depth sweep for meant', () => {
    const near = [runRow('a'), runRow('b', {}, { parameterCount: 1_049_000 })]
    expect(findings(near)).toEqual([])
    const far = [
      runRow('a'),
      runRow('b', { model: { family: 'gpt2', nLayer: 2 } }, { parameterCount: 7 })
    ]
    expect(findings(far, 'model.nLayer')).toMatchObject([{ key: 'parameters', level: 'note' }])
  })

  it('tells other data of other settings, of another seed, and of neither apart', () => {
    const other = { datasetHash: 'b'.repeat(64) }
    const of = (input: RunConfigInput): GroundFinding | undefined =>
      findings([runRow('a'), runRow('b', input, other)]).find(({ key }) => key === 'data')
    expect(of({})).toMatchObject({ level: 'confound', values: ['aaaaaaaa', 'bbbbbbbb'] })
    expect(of({ seed: 1 })).toMatchObject({ level: 'note', title: 'Data drawn anew' })
    expect(of({ dataset: { kind: 'comparison', phi: 3.6 } })).toMatchObject({
      level: 'note',
      title: 'Other data'
    })
  })

  it('warns of another engine, and notes another version of one', () => {
    const on = (name: 'native' | 'wasm', version: string): GroundFinding | undefined =>
      findings([
        runRow('a'),
        runRow('b', {}, { engine: { name, version, detail: `${name} ${version}` } })
      ])[0]
    expect(on('wasm', '4.22.0')).toMatchObject({ key: 'engine', level: 'confound' })
    expect(on('native', '2.20.0')).toMatchObject({ key: 'engine', level: 'note' })
    expect(on('native', '2.21.0')).toBeUndefined()
  })

  it('warns where events were looked for at other steps', () => {
    const runs = [runRow('a'), runRow('b', { evaluation: { every: 50 } })]
    expect(findings(runs)).toMatchObject([
      {
        key: 'evaluation',
        level: 'confound',
        values: ['every 1000 steps, 10 per decade', 'every 50 steps, 10 per decade']
      }
    ])
  })

  it('takes the budget for a matter of recording, unless the learning rate falls over it', () => {
    const short = { budget: { steps: 5000 } }
    expect(keys(findings([runRow('a'), runRow('b', short)]))).toEqual(['budget'])
    const cosine = { optimizer: { schedule: 'cosine' as const } }
    expect(
      keys(findings([runRow('a', cosine), runRow('b', { ...cosine, ...short })]), 'confound')
    ).toEqual(['setting:budget.steps'])
  })

  it('says that a run is not finished', () => {
    const runs = [runRow('a'), runRow('b', {}, { state: 'running', step: 100 })]
    expect(findings(runs)).toMatchObject([
      { key: 'state', values: ['finished, step 300,000', 'running, step 100'] }
    ])
  })

  it('does not stumble over a config of another version', () => {
    const strange = { ...runRow('b'), config: { model: { family: 'other' }, extra: 1 } }
    expect(() => findings([runRow('a'), strange])).not.toThrow()
  })
})

describe('the likely question', () => {
  const of = (...inputs: RunConfigInput[]): string[] =>
    likelyQuestion(inputs.map((input, i) => runRow(String(i), input).config))

  it('is the only setting that differs, seeds and records aside', () => {
    expect(of({}, { seed: 3 })).toEqual([])
    expect(of({}, { seed: 3, optimizer: { lr: 1e-3 }, checkpoints: { every: 9 } })).toEqual([
      'optimizer.lr'
    ])
  })

  it('is the family or the kind of data before anything else', () => {
    expect(of(gpt2, llama)).toEqual(['model.family'])
    expect(of({}, { ...llama, batchSize: 3 })).toEqual(['model.family'])
    expect(of({}, { dataset: { kind: 'modular' } })).toEqual(['dataset.kind'])
  })

  it('is two settings of the data, and open where more differ', () => {
    const sizes = { kind: 'comparison' as const, entities: 100, attributes: 200 }
    expect(of({}, { dataset: sizes })).toEqual(['dataset.entities', 'dataset.attributes'])
    expect(of({}, { batchSize: 3, optimizer: { lr: 1e-3 } })).toEqual([])
  })
})
