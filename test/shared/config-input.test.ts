import { describe, expect, test } from 'vitest'
import {
  applyAssignment,
  nearestName,
  parseRunConfig,
  valueAt,
  withValue
} from '@shared/config-input'
import { UserError, type FieldIssue } from '@shared/errors'

function refusalOf(input: unknown): UserError {
  try {
    parseRunConfig(input)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('accepted')
}

const issuesOf = (input: unknown): readonly FieldIssue[] => refusalOf(input).issues

describe('a refused value', () => {
  test.each<[unknown, FieldIssue]>([
    [
      { model: { nLayer: 0 } },
      {
        path: 'model.nLayer',
        message: '0 is refused: allowed is a whole number from 1 to 48; the nearest is 1',
        nearest: 1
      }
    ],
    [
      { model: { nLayer: 2.6 } },
      {
        path: 'model.nLayer',
        message: '2.6 is refused: allowed is a whole number from 1 to 48; the nearest is 3',
        nearest: 3
      }
    ],
    [
      { dataset: { entities: 1e9 } },
      {
        path: 'dataset.entities',
        message:
          '1000000000 is refused: allowed is a whole number from 4 to 20000; the nearest is 20000',
        nearest: 20000
      }
    ],
    [
      { dataset: { phi: 0 } },
      { path: 'dataset.phi', message: '0 is refused: allowed is a number above 0 and up to 1000' }
    ],
    [
      { model: { dModel: '64' } },
      { path: 'model.dModel', message: '"64" is refused: allowed is a whole number from 4 to 4096' }
    ],
    [
      { optimizer: { decay: 'matrixes' } },
      {
        path: 'optimizer.decay',
        message:
          '"matrixes" is refused: allowed is one of reference, matrices, all, list; the nearest is "matrices"',
        nearest: 'matrices'
      }
    ],
    [
      { dataset: { kind: 'comparisn' } },
      {
        path: 'dataset.kind',
        message:
          '"comparisn" is refused: allowed is comparison or in-context or composition or modular or facts; the nearest is "comparison"',
        nearest: 'comparison'
      }
    ],
    [
      { model: { family: 'lama' } },
      {
        path: 'model.family',
        message:
          '"lama" is refused: allowed is gpt2 or llama or rwkv or mamba or transformer1; the nearest is "llama"',
        nearest: 'llama'
      }
    ],
    [
      { model: { family: 'mamba', dState: 0 } },
      {
        path: 'model.dState',
        message: '0 is refused: allowed is a whole number from 1 to 256; the nearest is 1',
        nearest: 1
      }
    ],
    [{ version: 2 }, { path: 'version', message: '2 is refused: allowed is 1' }],
    [{ model: 5 }, { path: 'model', message: '5 is refused: allowed is a group of settings' }],
    [null, { path: '', message: 'null is refused: allowed is a group of settings' }]
  ])('%j says what is allowed', (input, issue) => {
    expect(issuesOf(input)).toEqual([issue])
  })

  test('a default that no longer fits is named with its value', () => {
    const [issue] = issuesOf({ dataset: { entities: 15, attributes: 10, idShare: 0.8 } })
    expect(issue!.path).toBe('dataset.phi')
    expect(issue!.message).toMatch(
      /^12\.6 needs 1,512 training comparisons, but 15 entities supply/
    )
    expect(issue!.nearest).toBe(9.9) // 0.9 x (12 - 1), 12 of 15 entities being ID
  })

  test('all refused fields are listed, the first in the message', () => {
    const error = refusalOf({ model: { nLayer: 0 }, seed: -1, batchSize: 'many' })
    expect(error.code).toBe('config.invalid')
    expect(error.issues.map((issue) => issue.path)).toEqual(['model.nLayer', 'batchSize', 'seed'])
    expect(error.message).toMatch(/^model\.nLayer: 0 is refused.* \(and 2 more\)$/)
    expect(error.hint).not.toBe('')
  })
})

describe('an unknown setting', () => {
  test.each([
    [{ nLayer: 3 }, 'nLayer', 'model.nLayer'],
    [{ model: { nlayer: 3 } }, 'model.nlayer', 'model.nLayer'],
    [{ model: { nLayers: 3 } }, 'model.nLayers', 'model.nLayer'],
    [{ optimizer: { wieghtDecay: 1 } }, 'optimizer.wieghtDecay', 'optimizer.weightDecay'],
    [{ modle: {} }, 'modle', 'model'],
    [{ model: { lr: 1 } }, 'model.lr', 'optimizer.lr']
  ])('%j suggests the one meant', (input, path, meant) => {
    expect(issuesOf(input)).toEqual([
      { path, message: `is not a setting; did you mean ${meant}?`, nearest: meant }
    ])
  })

  test.each([
    [{ family: 'mamba', nHead: 2 }, 'nHead', 'gpt2, llama, transformer1'],
    [{ family: 'llama', layerNormEps: 1e-5 }, 'layerNormEps', 'gpt2, rwkv'],
    [{ dState: 8 }, 'dState', 'mamba']
  ])('of another family names the families that have it: %j', (model, key, owners) => {
    expect(issuesOf({ model })).toEqual([
      { path: `model.${key}`, message: `is not a setting of this family, but of ${owners}` }
    ])
  })

  test('like none of the known lists those of its group', () => {
    expect(issuesOf({ dataset: { colour: 'red' } })[0]!.message).toBe(
      'is not a setting; known are dataset.entities, dataset.attributes, dataset.values, dataset.phi, ' +
        'dataset.idShare, dataset.testShare, dataset.probes, dataset.endTarget, dataset.kind'
    )
    expect(issuesOf({ zebra: 1 })[0]!.message).toBe(
      'is not a setting; known are dataset, model, optimizer, batchSize, budget, evaluation, checkpoints, engine, seed, orderSeed, version'
    )
  })

  test.each(['__proto__', 'constructor', 'toString'])('%s is refused like any other', (name) => {
    const error = refusalOf(applyAssignment({}, `${name}.polluted=1`))
    expect(error.issues[0]!.path).toBe(name)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

describe('assignments', () => {
  test.each([
    ['model.nLayer=2', { model: { nLayer: 2 } }],
    ['optimizer.lr=1e-3', { optimizer: { lr: 0.001 } }],
    ['model.tieHead=false', { model: { tieHead: false } }],
    ['optimizer.clipNorm=null', { optimizer: { clipNorm: null } }],
    ['optimizer.decay=matrices', { optimizer: { decay: 'matrices' } }],
    ['seed=', { seed: '' }],
    ['a.b=c=d', { a: { b: 'c=d' } }]
  ])('%s', (assignment, result) => {
    expect(applyAssignment({}, assignment)).toEqual(result)
  })

  test('keep what is there and leave the original alone', () => {
    const before = { model: { nLayer: 4, nHead: 2 }, seed: 1 }
    expect(applyAssignment(before, 'model.nLayer=2')).toEqual({
      model: { nLayer: 2, nHead: 2 },
      seed: 1
    })
    expect(before.model.nLayer).toBe(4)
  })

  test.each(['model.nLayer', '=3', ''])('"%s" is refused', (text) => {
    expect(() => applyAssignment({}, text)).toThrow(UserError)
  })
})

test('valueAt reads own values only, and gives undefined where there is none', () => {
  expect(valueAt({ a: { b: 3 } }, ['a', 'b'])).toBe(3)
  expect(valueAt({ a: { b: 3 } }, ['a', 'c', 'd'])).toBeUndefined()
  expect(valueAt({ a: 1 }, ['a', 'toFixed'])).toBeUndefined()
  expect(valueAt({}, ['constructor'])).toBeUndefined()
})

test('withValue replaces what is no record on its way', () => {
  expect(withValue({ a: 5 }, ['a', 'b'], 1)).toEqual({ a: { b: 1 } })
  expect(withValue(null, ['a'], 1)).toEqual({ a: 1 })
})

test('nearestName finds misspellings and no strangers', () => {
  const verbs = ['train', 'resume', 'runs', 'show']
  expect(nearestName('trian', verbs)).toBe('train')
  expect(nearestName('RUN', verbs)).toBe('runs')
  expect(nearestName('elephant', verbs)).toBeUndefined()
})
