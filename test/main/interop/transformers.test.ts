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
import { writeCheckpoint } from '../../../src/main/trainer/checkpoint'
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
        hfConfig: model.hfConfig(config, sizes)
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
