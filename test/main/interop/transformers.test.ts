/** Checkpoint folders as the real transformers opens them. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ModelConfig } from '@shared/config'
import { createRng } from '@shared/rng'
import { models } from '../../../src/main/models/index'
import { countParameters, disposeTree, flatten, toVariables } from '../../../src/main/models/params'
import { startEngine } from '../../../src/main/trainer/backend'
import { readCheckpoint, treeOf, writeCheckpoint } from '../../../src/main/trainer/checkpoint'
import { importWeights } from '../../../src/main/trainer/import-weights'
import { askPython, skipPython } from '../../support/python'
import { largestError } from '../../support/reference/differences'

const sizes = { vocabSize: 37, contextLength: 8 }
const tokens = [
  [0, 36, 5, 17, 17, 2],
  [9, 1, 30, 4, 22, 8]
]

const cases: [title: string, architecture: string, config: Record<string, unknown>][] = [
  ['GPT-2', 'GPT2LMHeadModel', { family: 'gpt2', nLayer: 2, dModel: 24, nHead: 3, dropout: 0.1 }],
  [
    'GPT-2, own head and widths',
    'GPT2LMHeadModel',
    {
      ...{ family: 'gpt2', nLayer: 1, dModel: 16, nHead: 4, dMlp: 40 },
      ...{ tieHead: false, layerNormEps: 1e-3 }
    }
  ],
  ['LLaMA', 'LlamaForCausalLM', { family: 'llama', nLayer: 2, dModel: 24, nHead: 3, dMlp: 20 }],
  [
    'LLaMA, grouped queries, tied head, another θ',
    'LlamaForCausalLM',
    {
      ...{ family: 'llama', nLayer: 1, dModel: 32, nHead: 4, nKvHead: 2, dMlp: 40 },
      ...{ tieHead: true, ropeTheta: 100, rmsNormEps: 1e-3 }
    }
  ],
  // More than 6 layers: transformers would rescale them outside training, unless told not to.
  ['RWKV-4', 'RwkvForCausalLM', { family: 'rwkv', nLayer: 7, dModel: 12 }],
  [
    'RWKV-4, original init, tied head',
    'RwkvForCausalLM',
    { family: 'rwkv', nLayer: 2, dModel: 16, dMlp: 20, init: 'original', tieHead: true }
  ],
  ['Mamba', 'MambaForCausalLM', { family: 'mamba', nLayer: 2, dModel: 20 }],
  [
    'Mamba, own head and sizes',
    'MambaForCausalLM',
    {
      ...{ family: 'mamba', nLayer: 1, dModel: 16, dState: 5, dConv: 3, expand: 3, dtRank: 2 },
      tieHead: false
    }
  ]
]

describe.skipIf(skipPython)(`a checkpoint folder in transformers ${skipPython ?? ''}`, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-transformers-'))
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }))

  interface Answer {
    error?: string
    architecture: string
    dtype: string
    parameters: number
    strange: Record<string, string[]>
    logits: number[]
  }
  const ours: { parameters: number; logits: Float32Array }[] = []
  let theirs: Answer[]

  /** A checkpoint with weights that show mistakes, and the logits that we compute from them. */
  function save(input: Record<string, unknown>): string {
    const config = ModelConfig.parse(input)
    const model = models[config.family]
    const rng = createRng(5, 'weights')
    const initial = model.init(config, sizes, rng)
    const named = flatten(initial)
    for (const [, { values }] of named) {
      for (let i = 0; i < values.length; i++) values[i]! += 0.1 * rng.normal()
    }
    const folder = fs.mkdtempSync(path.join(root, 'run-'))
    const name = writeCheckpoint(
      folder,
      {
        ...{ step: 3, evaluatedAt: 3, weights: new Map(named), state: {} },
        // As the trainer writes it: with keys that transformers does not know.
        hfConfig: { ...model.hfConfig(config, sizes), grokscope: { version: 1, config: {} } }
      },
      0
    )
    const weights = toVariables(initial)
    const logits = tf.tidy(() =>
      model.forward(config, weights, tf.tensor2d(tokens, undefined, 'int32')).dataSync<'float32'>()
    )
    ours.push({ parameters: countParameters(initial), logits: Float32Array.from(logits) })
    disposeTree(weights)
    return path.join(folder, 'checkpoints', name)
  }

  beforeAll(async () => {
    await startEngine('wasm')
    const folders = cases.map(([, , config]) => save(config))
    theirs = askPython(
      'open_in_transformers.py',
      folders.map((folder) => ({ folder, tokens }))
    ) as Answer[]
  }, 300_000)

  it.each(cases.map(([title, architecture], i) => [title, architecture, i] as const))(
    '%s: AutoModelForCausalLM finds every weight and computes our logits',
    (_title, architecture, i) => {
      const [answer, own] = [theirs[i]!, ours[i]!]
      expect(answer.error).toBeUndefined()
      expect(answer.architecture).toBe(architecture)
      expect(answer.dtype).toBe('torch.float32')
      expect(answer.strange).toEqual({})
      expect(answer.parameters).toBe(own.parameters)
      expect(answer.logits.length).toBe(own.logits.length)
      expect(largestError(own.logits, answer.logits)).toBeLessThan(2e-5)
    }
  )

  it('refuses what transformers has no model for, rather than read it as another', () => {
    const folders = [
      { family: 'gpt2', nLayer: 1, dModel: 8, nHead: 2, passes: 2 },
      { family: 'transformer1', dModel: 8, nHead: 2 }
    ].map(save)
    const answers = askPython(
      'open_in_transformers.py',
      folders.map((folder) => ({ folder, tokens }))
    ) as Answer[]
    expect(answers[0]!.error).toContain('gpt2-recurrent')
    expect(answers[1]!.error).toContain('transformer1')
  }, 120_000)
})

/** What transformers is asked to make; 37 tokens, as the data set has. */
const made: [title: string, type: string, config: Record<string, unknown>, over?: object][] = [
  ['gpt2', 'gpt2', { n_embd: 24, n_layer: 2, n_head: 3, n_positions: 16 }],
  ['gpt2 in bfloat16', 'gpt2', { n_embd: 24, n_layer: 1, n_head: 3 }, { dtype: 'bfloat16' }],
  [
    'llama in several files',
    'llama',
    {
      ...{ hidden_size: 32, num_hidden_layers: 3, num_attention_heads: 4, num_key_value_heads: 2 },
      intermediate_size: 40
    },
    { shard: '20KB' }
  ],
  ['rwkv', 'rwkv', { hidden_size: 12, num_hidden_layers: 7 }],
  ['mamba', 'mamba', { hidden_size: 20, num_hidden_layers: 2, state_size: 8 }]
]

describe.skipIf(skipPython)(`a folder of transformers as a run ${skipPython ?? ''}`, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-from-transformers-'))
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }))
  const dataset = { kind: 'modular', modulus: 36, probes: 20 }
  const rows = [
    [0, 35, 36],
    [9, 1, 36]
  ]
  const folderOf = (i: number): string => path.join(root, String(i))
  let theirs: { logits: number[] }[]

  beforeAll(async () => {
    await startEngine('wasm')
    const requests = made.map(([, model_type, config, over], i) => ({
      ...{ folder: folderOf(i), model_type, tokens: rows, ...over },
      config: {
        vocab_size: 37,
        bos_token_id: null,
        eos_token_id: null,
        pad_token_id: null,
        ...config
      }
    }))
    theirs = askPython('make_models.py', requests) as typeof theirs
  }, 300_000)

  it.each(made.map(([title, , , over], i) => [title, over, i] as const))(
    '%s: its weights give its logits here',
    (_title, over, i) => {
      const folder = fs.mkdtempSync(path.join(root, 'run-'))
      const order = { source: folderOf(i), folder, config: { dataset }, step: 5 }
      const { config } = importWeights(order, 0)
      const model = models[config.model.family]
      const saved = readCheckpoint(folder, 5)!
      const shapes = model.parameters(config.model, { vocabSize: 37, contextLength: 3 })
      const weights = toVariables(treeOf(shapes, saved.weights))
      const logits = tf.tidy(() =>
        model
          .forward(config.model, weights, tf.tensor2d(rows, undefined, 'int32'))
          .dataSync<'float32'>()
      )
      // The logits were computed before the weights were rounded to bfloat16.
      const tolerance = over && 'dtype' in over ? 0.03 : 2e-5
      expect(largestError(logits, theirs[i]!.logits)).toBeLessThan(tolerance)
      disposeTree(weights)
    }
  )
})
