import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ModelConfig } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import { createRng } from '@shared/rng'
import { models } from '../../../src/main/models/index'
import { flatten, type HostArray } from '../../../src/main/models/params'
import { readCheckpoint } from '../../../src/main/trainer/checkpoint'
import { importWeights } from '../../../src/main/trainer/import-weights'
import { writeSafetensors, type StoredTensor } from '../../../src/main/trainer/safetensors'

/** 37 tokens, rows of 3. */
const dataset = { kind: 'modular', modulus: 36, probes: 20 } as const
const sizes = { vocabSize: 37, contextLength: 3 }
const familyConfigs = {
  gpt2: { family: 'gpt2', nLayer: 2, dModel: 8, nHead: 2 },
  llama: { family: 'llama', nLayer: 1, dModel: 8, nHead: 2, dMlp: 12 },
  rwkv: { family: 'rwkv', nLayer: 2, dModel: 8 },
  mamba: { family: 'mamba', nLayer: 1, dModel: 8 },
  transformer1: { family: 'transformer1', dModel: 8, nHead: 2 }
} as const

describe('importing weights', () => {
  let root: string
  beforeEach(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-import-'))
  })
  afterEach(() => fs.rmSync(root, { recursive: true, force: true }))

  type Tensors = Map<string, StoredTensor>
  /** A folder of weights of this family; `change` may spoil it. */
  function make(
    family: ModelConfig['family'],
    change: (tensors: Tensors, json: Record<string, unknown>) => void = () => undefined
  ) {
    const config = parseRunConfig({ dataset, model: familyConfigs[family], seed: 3 })
    const model = models[family]
    const initial = flatten(model.init(config.model, sizes, createRng(1)))
    const tensors: Tensors = new Map<string, HostArray>(initial)
    const json = model.hfConfig(config.model, sizes)
    change(tensors, json)
    const source = fs.mkdtempSync(path.join(root, 'source-'))
    fs.writeFileSync(path.join(source, 'config.json'), JSON.stringify(json))
    fs.writeFileSync(
      path.join(source, 'model.safetensors'),
      Buffer.concat(writeSafetensors(tensors))
    )
    return { source, initial, config }
  }
  const load = (source: string, over: { config?: unknown; step?: number } = {}) => {
    const folder = fs.mkdtempSync(path.join(root, 'run-'))
    const config = over.config === undefined ? { dataset } : over.config
    const imported = importWeights({ source, folder, config, step: over.step ?? null }, 0)
    return { ...imported, saved: readCheckpoint(folder, imported.step)! }
  }
  const refusal = (act: () => unknown): UserError => {
    try {
      act()
    } catch (error) {
      if (error instanceof UserError) return error
      throw error
    }
    throw new Error('it was not refused')
  }

  it.each(Object.keys(familyConfigs) as ModelConfig['family'][])(
    '%s: every weight is found again, in a run at its last step',
    (family) => {
      const { source, initial } = make(family)
      const { config, saved, notes } = load(source, { step: 250 })
      expect(config.model).toMatchObject(familyConfigs[family])
      expect(config.budget.steps).toBe(250)
      expect(saved.step).toBe(250)
      expect([...saved.weights]).toEqual(initial)
      expect(Object.keys(saved.state).sort()).toEqual(['first', 'second'])
      expect(notes).toEqual([])
    }
  )

  it('takes the data from the folder where it says them, and the step', () => {
    const { source, config } = make('gpt2', (_tensors, json) => {
      const model = familyConfigs.gpt2
      json['grokscope'] = { version: 1, config: parseRunConfig({ dataset, model, seed: 3 }) }
    })
    fs.writeFileSync(path.join(source, 'trainer_state.json'), '{"global_step": 77}')
    const imported = load(source, { config: null })
    expect(imported.step).toBe(77)
    expect(imported.config).toEqual({ ...config, budget: { ...config.budget, steps: 77 } })
    // What is said on purpose wins.
    const other = { dataset: { ...dataset, trainFraction: 0.5 } }
    expect(load(source, { config: other }).config.dataset).toMatchObject({ trainFraction: 0.5 })
  })

  it('asks for the data where nothing says them', () => {
    expect(refusal(() => load(make('gpt2').source, { config: null }))).toMatchObject({
      code: 'import.data',
      hint: expect.stringContaining('--config')
    })
  })

  it('reads names without their base, masks, a repeated tied head, halves, and more positions', () => {
    const { source, initial } = make('gpt2', (tensors, json) => {
      for (const [name, tensor] of [...tensors]) {
        tensors.delete(name)
        tensors.set(name.replace(/^transformer\./, ''), tensor)
      }
      tensors.set('h.0.attn.bias', { shape: [1], values: new Float32Array(1) })
      tensors.set('lm_head.weight', tensors.get('wte.weight')!)
      const wpe = tensors.get('wpe.weight')!.values
      const more = new Float32Array(10 * 8).fill(9)
      more.set(wpe)
      tensors.set('wpe.weight', { shape: [10, 8], values: more })
      json['n_positions'] = 10
    })
    const { saved, notes, config } = load(source)
    expect([...saved.weights]).toEqual(initial)
    expect(notes).toEqual(['wpe.weight: the first 3 of 10 positions are used'])
    expect(models.gpt2.fromHfConfig(saved.hfConfig).sizes).toEqual(sizes)
    expect(config.model.family).toBe('gpt2')
  })

  it('reads weights in several files, and none outside of the folder', () => {
    const { source, initial } = make('mamba')
    const whole = path.join(source, 'model.safetensors')
    const half = Math.ceil(initial.length / 2)
    const files = {
      'a-1.safetensors': initial.slice(0, half),
      'a-2.safetensors': initial.slice(half)
    }
    const map: Record<string, string> = {}
    for (const [file, part] of Object.entries(files)) {
      fs.writeFileSync(path.join(source, file), Buffer.concat(writeSafetensors(part)))
      for (const [name] of part) map[name] = file
    }
    fs.renameSync(whole, path.join(root, 'outside.safetensors'))
    const index = path.join(source, 'model.safetensors.index.json')
    fs.writeFileSync(index, JSON.stringify({ weight_map: map }))
    expect([...load(source).saved.weights]).toEqual(initial)
    fs.writeFileSync(index, JSON.stringify({ weight_map: { x: '../outside.safetensors' } }))
    expect(refusal(() => load(source)).message).toContain('"../outside.safetensors"')
  })

  it.each<[string, string, RegExp, Parameters<typeof make>[1]]>([
    [
      'a missing tensor, with its shape and the nearest name',
      'import.missing',
      /lacks transformer\.h\.0\.mlp\.c_fc\.bias \[32\]; the nearest name without a place is transformer\.h\.0\.mlp\.c_fc\.bias2/,
      (tensors) => {
        tensors.set('transformer.h.0.mlp.c_fc.bias2', tensors.get('transformer.h.0.mlp.c_fc.bias')!)
        tensors.delete('transformer.h.0.mlp.c_fc.bias')
      }
    ],
    [
      'a tensor too many',
      'import.extra',
      /holds transformer\.h\.7\.ln_1\.bias \[8\].*nearest name of its own is transformer\.h\.\d\.ln_\d\.bias/,
      (tensors) =>
        tensors.set('transformer.h.7.ln_1.bias', { shape: [8], values: new Float32Array(8) })
    ],
    [
      'another shape',
      'import.shape',
      /transformer\.h\.1\.attn\.c_attn\.weight has shape \[24, 8\].* need \[8, 24\]/,
      (tensors) =>
        tensors.set('transformer.h.1.attn.c_attn.weight', {
          shape: [24, 8],
          values: new Float32Array(192)
        })
    ],
    [
      'whole numbers',
      'import.type',
      /transformer\.ln_f\.bias holds whole numbers/,
      (tensors) => tensors.set('transformer.ln_f.bias', { shape: [8], values: new Int32Array(8) })
    ],
    [
      'a head of its own where it should be tied',
      'import.extra',
      /holds lm_head\.weight \[37, 8\]/,
      (tensors) =>
        tensors.set('lm_head.weight', { shape: [37, 8], values: new Float32Array(37 * 8) })
    ],
    [
      'another vocabulary than the data have',
      'import.sizes',
      /vocabulary of 50,257; the data set \(modular\) needs 37/,
      (_tensors, json) => (json['vocab_size'] = 50257)
    ],
    [
      'too few positions',
      'import.sizes',
      /context length of 2; the data set \(modular\) needs at least 3/,
      (_tensors, json) => (json['n_positions'] = 2)
    ],
    [
      'a family that is not here, with the nearest',
      'import.family',
      /model_type is "lama"; known are .*; the nearest is llama/,
      (_tensors, json) => (json['model_type'] = 'lama')
    ],
    [
      'an option that the family does not have here',
      'hf.unsupported',
      /activation_function is "relu"/,
      (_tensors, json) => (json['activation_function'] = 'relu')
    ],
    [
      'sizes beyond the limits, with the nearest',
      'config.invalid',
      /model\.nLayer.*100000.*nearest is 48/,
      (_tensors, json) => (json['n_layer'] = 100000)
    ]
  ])('refuses %s', (_title, code, message, change) => {
    const error = refusal(() => load(make('gpt2', change).source))
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
    expect(error.hint).not.toBe('')
  })

  it('refuses a pickle, and a folder that is none', () => {
    const { source } = make('gpt2')
    fs.renameSync(path.join(source, 'model.safetensors'), path.join(source, 'pytorch_model.bin'))
    expect(refusal(() => load(source)).message).toMatch(/pytorch_model\.bin, a pickle/)
    expect(refusal(() => load(path.join(root, 'nowhere'))).code).toBe('import.folder')
  })

  it('meets any bytes with a refusal', () => {
    const { source } = make('gpt2')
    const read = (file: string): Buffer => fs.readFileSync(path.join(source, file))
    const good = { config: read('config.json'), weights: read('model.safetensors') }
    const json = fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text))
    const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
    /** The good file with one stretch of bytes replaced. */
    const spoilt = (good: Buffer): fc.Arbitrary<Buffer> =>
      fc
        .tuple(fc.nat(good.length - 1), fc.uint8Array({ minLength: 1, maxLength: 20 }))
        .map(([at, put]) =>
          Buffer.concat([good.subarray(0, at), put, good.subarray(at + put.length)])
        )
    const value = fc.oneof(fc.integer(), fc.double(), fc.string(), fc.constant(null), fc.boolean())
    const keys = Object.keys(JSON.parse(good.config.toString()) as object)
    const changed = fc.tuple(fc.constantFrom(...keys), value).map(([key, put]) => {
      const config = JSON.parse(good.config.toString()) as Record<string, unknown>
      return Buffer.from(JSON.stringify({ ...config, [key]: put }))
    })
    fc.assert(
      fc.property(
        fc.oneof(json, bytes, changed, spoilt(good.config), fc.constant(good.config)),
        fc.oneof(bytes, spoilt(good.weights)),
        (config, weights) => {
          fs.writeFileSync(path.join(source, 'config.json'), config)
          fs.writeFileSync(path.join(source, 'model.safetensors'), weights)
          try {
            load(source)
          } catch (error) {
            if (!(error instanceof UserError)) throw error
          }
        }
      ),
      { numRuns: 300, seed: 1 }
    )
  })
})
