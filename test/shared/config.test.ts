import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RunConfig, type RunConfigInput } from '@shared/config'
import { valueAt, withValue } from '@shared/config-input'

interface Refusal {
  path: string
  message: string
  nearest: unknown
}

function refusals(input: RunConfigInput): Refusal[] {
  const result = RunConfig.safeParse(input)
  if (result.success) return []
  return result.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
    nearest: issue.code === 'custom' ? issue.params?.['nearest'] : undefined
  }))
}

test('the defaults are the full study of Wang et al. 2024 and its reference command line', () => {
  expect(RunConfig.parse({})).toEqual({
    version: 1,
    dataset: {
      kind: 'comparison',
      entities: 1000,
      attributes: 20,
      values: 20,
      phi: 12.6,
      idShare: 0.9,
      testShare: 0.1,
      probes: 3000,
      endTarget: true
    },
    model: {
      family: 'gpt2',
      nLayer: 8,
      dModel: 768,
      nHead: 12,
      passes: 1,
      dMlp: null,
      initStd: 0.02,
      tieHead: true,
      layerNormEps: 1e-5,
      dropout: 0
    },
    optimizer: {
      kind: 'adamw',
      lr: 1e-4,
      weightDecay: 0.1,
      warmup: 2000,
      clipNorm: 1,
      beta1: 0.9,
      beta2: 0.999,
      eps: 1e-8,
      decay: 'reference',
      decayList: '',
      schedule: 'constant',
      lrFloor: 0,
      grokfast: { filter: 'off', lambda: null, alpha: 0.98, window: 100 },
      initScale: 1,
      keepNorm: false
    },
    batchSize: 512,
    budget: { steps: 300000, stop: 'never', margin: 1000, target: 0.99, tests: 'every' },
    evaluation: { every: 1000, perDecade: 10, fourier: false, lossEvery: 10, tensorboard: false },
    checkpoints: {
      every: 5000,
      keep: null,
      thin: 0,
      perDecade: 0,
      denseUntil: 0,
      denseEvery: 2000,
      ring: 0,
      ringEvery: 100,
      watch: '',
      bend: 0.02,
      inspect: '',
      inspectSplit: '',
      inspectRows: 100
    },
    engine: { precision: 'fp32', xla: 'auto', oneDnn: 'auto', threads: null },
    seed: 42,
    orderSeed: null
  })
})

test('a falling schedule needs steps to fall in, and an own list of decayed weights a name', () => {
  const refused = (optimizer: object): string[] =>
    RunConfig.safeParse({ budget: { steps: 100 }, optimizer }).error?.issues.map((issue) =>
      issue.path.join('.')
    ) ?? []
  expect(refused({ schedule: 'cosine', warmup: 100 })).toEqual(['optimizer.warmup'])
  expect(refused({ schedule: 'cosine', warmup: 99 })).toEqual([])
  expect(refused({ schedule: 'constant', warmup: 100 })).toEqual([])
  expect(refused({ decay: 'list', decayList: ' ' })).toEqual(['optimizer.decayList'])
  expect(refused({ decay: 'list', decayList: 'wte', warmup: 1 })).toEqual([])
})

test('a resolved config parses to itself', () => {
  const config = RunConfig.parse({ dataset: { entities: 300 }, seed: 1 })
  expect(RunConfig.parse(JSON.parse(JSON.stringify(config)))).toEqual(config)
})

test('what is left out at any level is filled in', () => {
  const { dataset, model } = RunConfig.parse({ dataset: { attributes: 4 }, model: { nLayer: 2 } })
  expect(dataset).toMatchObject({ kind: 'comparison', attributes: 4, entities: 1000 })
  expect(model).toMatchObject({ family: 'gpt2', nLayer: 2, dModel: 768 })
})

test.each([
  ['llama', { nHead: 12, nKvHead: null, dMlp: null, ropeTheta: 10000, tieHead: false }],
  ['rwkv', { dMlp: null, init: 'hf', tieHead: false, layerNormEps: 1e-5 }],
  ['mamba', { dState: 16, expand: 2, dConv: 4, dtRank: null, init: 'hf', tieHead: true }]
] as const)('%s has by default the depth and width of the study', (family, rest) => {
  expect(RunConfig.parse({ model: { family } }).model).toMatchObject({
    family,
    nLayer: 8,
    dModel: 768,
    ...rest
  })
})

test('the transformer without LayerNorm has by default the sizes of Nanda et al.', () => {
  expect(RunConfig.parse({ model: { family: 'transformer1' } }).model).toEqual({
    family: 'transformer1',
    nLayer: 1,
    dModel: 128,
    nHead: 4,
    dHead: null,
    dMlp: null
  })
})

describe('rules that span fields', () => {
  test('a width that the heads do not divide names the nearest that they do', () => {
    expect(refusals({ model: { nHead: 7 } })).toEqual([
      {
        path: 'model.dModel',
        message: '768 is no multiple of model.nHead (7); the nearest is 770',
        nearest: 770
      }
    ])
  })

  test('rotary positions need heads of even width', () => {
    expect(refusals({ model: { family: 'llama', dModel: 36, nHead: 4 } })).toEqual([
      {
        path: 'model.dModel',
        message:
          '36 is no multiple of 2 × model.nHead (8), and rotary positions turn pairs; the nearest is 32',
        nearest: 32
      }
    ])
    expect(refusals({ model: { family: 'llama', dModel: 40, nHead: 4 } })).toEqual([])
  })

  test('key/value heads divide the query heads', () => {
    const model = { family: 'llama', dModel: 96, nHead: 12 } as const
    expect(refusals({ model: { ...model, nKvHead: 5 } })).toEqual([
      {
        path: 'model.nKvHead',
        message: '5 does not divide model.nHead (12); the nearest is 4',
        nearest: 4
      }
    ])
    for (const nKvHead of [null, 1, 2, 3, 4, 6, 12]) {
      expect(refusals({ model: { ...model, nKvHead } })).toEqual([])
    }
  })

  test('heads of a width of their own free the width of the model', () => {
    const model = { family: 'transformer1', dModel: 10, nHead: 4 } as const
    expect(refusals({ model })).toMatchObject([{ path: 'model.dModel', nearest: 8 }])
    expect(refusals({ model: { ...model, dHead: 3 } })).toEqual([])
  })

  test('no ID share may leave fewer than two entities on a side', () => {
    const [few] = refusals({ dataset: { entities: 10, attributes: 4, phi: 0.5, idShare: 0.05 } })
    expect(few).toMatchObject({ path: 'dataset.idShare', nearest: 0.2 })
    expect(few!.message).toMatch(/^0\.05 leaves 1 ID and 9 OOD entities of 10/)
    const [many] = refusals({ dataset: { entities: 10, idShare: 0.99 } })
    expect(many).toMatchObject({ path: 'dataset.idShare', nearest: 0.8 })
  })

  // The study's entities sweep, science 1.6: the pool of E = 20 supplies at most 0.9 x (0.9 E - 1) = 15.3.
  test.each([
    [20, 1000, 15.3],
    [50, 400, 39.6],
    [100, 200, 80.1]
  ])('with %d entities phi is at most %d x its pool', (entities, attributes, limit) => {
    expect(refusals({ dataset: { entities, attributes, phi: 12.6 } })).toEqual([])
    expect(refusals({ dataset: { entities, attributes, phi: limit } })).toEqual([])
    const [refusal] = refusals({ dataset: { entities, attributes, phi: limit + 0.1 } })
    expect(refusal).toMatchObject({ path: 'dataset.phi', nearest: limit })
    expect(refusal!.message).toContain(`the nearest is ${limit}`)
  })

  test('a phi that leaves no comparison at all is refused', () => {
    const [refusal] = refusals({
      dataset: { entities: 10, attributes: 2, idShare: 0.8, phi: 0.01 }
    })
    expect(refusal).toMatchObject({ path: 'dataset.phi', nearest: 1 / 16 })
  })

  test('a data set beyond the limits of size is refused with the nearest', () => {
    const [pairs] = refusals({ dataset: { entities: 20000, attributes: 2000 } })
    expect(pairs).toMatchObject({ path: 'dataset.entities', nearest: 707 })
    const [rows] = refusals({ dataset: { entities: 5000, attributes: 30, phi: 500 } })
    expect(rows).toMatchObject({ path: 'dataset.phi', nearest: 74 })
  })

  test('they wait until each field is within its own limits', () => {
    expect(refusals({ model: { nHead: 0 } }).map((r) => r.path)).toEqual(['model.nHead'])
    expect(refusals({ dataset: { phi: 0, entities: 3 } }).map((r) => r.path)).toEqual([
      'dataset.entities',
      'dataset.phi'
    ])
  })

  test('the nearest setting named is itself accepted', () => {
    let refused = 0
    const settings = fc.record({
      entities: fc.integer({ min: 4, max: 20000 }),
      attributes: fc.integer({ min: 1, max: 2000 }),
      phi: fc.double({ min: 1e-6, max: 1000, noNaN: true }),
      idShare: fc.double({ min: 1e-4, max: 0.9999, noNaN: true }),
      testShare: fc.double({ min: 0.01, max: 0.5, noNaN: true })
    })
    const heads = {
      nHead: fc.integer({ min: 1, max: 64 }),
      dModel: fc.integer({ min: 4, max: 4096 })
    }
    const models = fc.oneof(
      fc.record(heads),
      fc.record({
        family: fc.constant('llama' as const),
        nKvHead: fc.option(fc.integer({ min: 1, max: 64 })),
        ...heads
      }),
      fc.record({ family: fc.constant('transformer1' as const), ...heads })
    )
    fc.assert(
      fc.property(settings, models, (dataset, model) => {
        let input: RunConfigInput = { dataset, model }
        // Each repair may uncover the next rule, but never the same one again
        const repaired = new Set<string>()
        for (;;) {
          const [refusal] = refusals(input)
          if (!refusal) break
          refused++
          expect(repaired.has(refusal.path)).toBe(false)
          repaired.add(refusal.path)
          if (refusal.nearest === undefined) break
          input = withValue(input, refusal.path.split('.'), refusal.nearest) as RunConfigInput
          expect(valueAt(input, refusal.path.split('.'))).toBe(refusal.nearest)
        }
      }),
      { numRuns: 500 }
    )
    expect(refused).toBeGreaterThan(100)
  })
})

test('jobs at checkpoints are known ones that the data has something for', () => {
  const refused = (input: RunConfigInput): string[] =>
    refusals(input).map(({ path, message }) => `${path} ${message}`)
  expect(refused({ checkpoints: { inspect: ' logit-lens,causal-trace, ' } })).toEqual([])
  expect(refused({ checkpoints: { inspect: 'logit lens' } })).toEqual([
    expect.stringContaining('checkpoints.inspect names "logit lens", which is none of') as string
  ])
  expect(refused({ checkpoints: { inspect: 'fourier' } })).toHaveLength(1)
  const addition = { kind: 'modular', modulus: 7, operation: 'x+y' } as const
  expect(refused({ dataset: addition, checkpoints: { inspect: 'fourier' } })).toEqual([])
  expect(refused({ checkpoints: { inspectSplit: 'test' } })).toEqual([
    expect.stringContaining('checkpoints.inspectSplit is "test"') as string
  ])
})
