import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startEngine } from '../../../src/main/trainer/backend'
import { checkCase, listFindings, tolerances } from '../../../src/main/trainer/parity'
import { findCases } from '../../../src/main/trainer/parity-case'
import { loadSafetensors, writeSafetensors } from '../../../src/main/trainer/safetensors'
import { trainable } from '../../support/engines'

const fixtures = join(__dirname, '../../fixtures/parity')
/** Sizes of the first and the second case of each family. */
const families = {
  gpt2: { layers: [2, 3], attention: true, states: [] },
  llama: { layers: [2, 3], attention: true, states: [] },
  mamba: { layers: [2, 3], attention: false, states: ['ssm', 'conv'] },
  rwkv: { layers: [2, 3], attention: false, states: ['num', 'den', 'att_x', 'ffn_x'] },
  transformer1: { layers: [1, 1], attention: true, states: [] }
}
const cases = Object.keys(families).flatMap((family) => [`${family}-1`, `${family}-2`])

describe.each(trainable)('parity on $name', ({ name, skip }) => {
  describe.skipIf(skip)(skip ?? 'available', () => {
    beforeAll(async () => {
      await startEngine(name)
    })

    it.each(cases)('%s: every quantity is within its tolerance', async (name) => {
      const tensors = tf.memory().numTensors
      const report = await checkCase(join(fixtures, name))
      for (const { quantity, deviation, tolerance } of listFindings(report.deviations)) {
        expect(deviation, quantity).toBeLessThanOrEqual(tolerance)
      }
      expect(report.passed).toBe(true)
      expect(tf.memory().numTensors).toBe(tensors)

      // Nothing of the folder went uncompared.
      const [family, n] = name.split('-') as [keyof typeof families, string]
      const { layers, attention, states } = families[family]
      const blocks = Array.from({ length: layers[Number(n) - 1]! }, (_, i) => i)
      const { deviations } = report
      expect(report.family).toBe(family)
      expect(deviations.hidden).toHaveLength(blocks.length + 1)
      expect(deviations.attention).toHaveLength(attention ? blocks.length : 0)
      expect(Object.keys(deviations.activations)).toEqual([
        ...(family === 'rwkv' ? ['pre_ln'] : []),
        ...blocks.flatMap((i) => states.map((state) => `state.${i}.${state}`))
      ])
      const stored = loadSafetensors(join(fixtures, name, 'model.safetensors')).tensors
      const names = [...stored.keys()].sort()
      expect(Object.keys(deviations.gradients).sort()).toEqual(names)
      expect(Object.keys(deviations.adamw.parameters).sort()).toEqual(names)
    })
  })
})

describe('parity finds what is wrong', () => {
  let folder = ''
  beforeAll(async () => {
    await startEngine('wasm')
  })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parity-'))
    cpSync(join(fixtures, 'gpt2-1'), folder, { recursive: true })
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  /** Changes numbers of one stored tensor. */
  function disturb(file: string, name: string, change: (values: Float32Array) => void): void {
    const { tensors } = loadSafetensors(join(folder, file))
    change(tensors.get(name)!.values as Float32Array)
    writeFileSync(join(folder, file), Buffer.concat(writeSafetensors(tensors)))
  }
  function edit(file: string, change: (json: Record<string, unknown>) => void): void {
    const json = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Record<string, unknown>
    change(json)
    writeFileSync(join(folder, file), JSON.stringify(json))
  }

  it.each([
    ['logits', 'expected.safetensors', 'logits'],
    ['hidden.1', 'expected.safetensors', 'hidden.1'],
    ['attention.0', 'expected.safetensors', 'attn.0'],
    ['gradients.transformer.wpe.weight', 'expected.safetensors', 'grad.transformer.wpe.weight'],
    ['adamw.parameters.transformer.ln_f.bias', 'adamw_params.safetensors', 'transformer.ln_f.bias']
  ])('a deviation of %s', async (quantity, file, name) => {
    disturb(file, name, (values) => {
      const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
      values[1]! += 0.02 * largest
    })
    const report = await checkCase(folder)
    expect(report.passed).toBe(false)
    expect(report.worst.quantity).toBe(quantity)
    const beyond = listFindings(report.deviations).filter((f) => !(f.deviation <= f.tolerance))
    expect(beyond.map((finding) => finding.quantity)).toEqual([quantity])
  })

  it.each([
    ['rwkv-1', 'activations.pre_ln', 'pre_ln'],
    ['rwkv-1', 'activations.state.1.num', 'state.1.num'],
    ['rwkv-1', 'activations.state.0.den', 'state.0.den'],
    ['rwkv-1', 'activations.state.0.att_x', 'state.0.att_x'],
    ['mamba-1', 'activations.state.1.ssm', 'state.1.ssm'],
    ['mamba-1', 'activations.state.0.conv', 'state.0.conv']
  ])('a deviation in %s of %s', async (from, quantity, name) => {
    cpSync(join(fixtures, from), folder, { recursive: true })
    disturb('expected.safetensors', name, (values) => {
      const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
      values[values.length - 1]! += 0.02 * largest
    })
    const report = await checkCase(folder)
    const beyond = listFindings(report.deviations).filter((f) => !(f.deviation <= f.tolerance))
    expect(beyond.map((finding) => finding.quantity)).toEqual([quantity])
  })

  it('no deviation where RWKV splits its sums otherwise', async () => {
    cpSync(join(fixtures, 'rwkv-1'), folder, { recursive: true })
    disturb('expected.safetensors', 'state.0.max', (values) => {
      values.forEach((_, i) => (values[i]! += Math.LN2))
    })
    for (const name of ['state.0.num', 'state.0.den']) {
      disturb('expected.safetensors', name, (values) => {
        values.forEach((_, i) => (values[i]! /= 2))
      })
    }
    expect((await checkCase(folder)).passed).toBe(true)
  })

  it('a loss, a gradient norm and a trained loss that differ', async () => {
    edit('case.json', (json) => (json['loss'] = 5.004))
    edit('adamw.json', (json) => {
      ;(json['grad_norm'] as number[])[3]! *= 1.01
      json['final_loss'] = 0.0163
    })
    const { deviations, passed } = await checkCase(folder)
    expect(passed).toBe(false)
    expect(deviations.loss).toBeGreaterThan(tolerances.loss)
    expect(deviations.adamw.gradNorms).toBeGreaterThan(tolerances.adamw.gradNorms)
    expect(deviations.adamw.losses).toBeGreaterThan(tolerances.adamw.losses)
  })

  it('a number that is none', async () => {
    disturb('model.safetensors', 'transformer.ln_f.bias', (values) => (values[0] = NaN))
    const report = await checkCase(folder)
    expect(report.passed).toBe(false)
    expect(report.worst.deviation).toBeNaN()
  })

  it('but not the key third of c_attn.bias after training, which no gradient determines', async () => {
    const name = 'transformer.h.1.attn.c_attn.bias'
    disturb('adamw_params.safetensors', name, (values) => {
      values.subarray(32, 64).fill(1)
    })
    expect((await checkCase(folder)).passed).toBe(true)
  })

  it('refuses an unknown family, naming it and those known', async () => {
    edit('case.json', (json) => (json['family'] = 'hyena'))
    await expect(checkCase(folder)).rejects.toThrow(/family "hyena".*known are gpt2, llama/)
  })

  it('refuses files that do not belong together', async () => {
    edit('config.json', (json) => (json['n_layer'] = 3))
    await expect(checkCase(folder)).rejects.toThrow('transformer.h.2.ln_1.weight is missing')
    edit('config.json', (json) => (json['n_layer'] = 1))
    await expect(checkCase(folder)).rejects.toThrow('grad.transformer.h.1')
    edit('config.json', (json) => Object.assign(json, { n_layer: 2, vocab_size: 60 }))
    await expect(checkCase(folder)).rejects.toThrow('wte.weight has the shape [61, 32]')
  })

  it('refuses a batch that does not fit the model', async () => {
    edit('case.json', (json) => (json['targets'] = [[0, 6, 1]]))
    await expect(checkCase(folder)).rejects.toThrow('case.json holds no ids, targets and loss')
  })

  it('finds the cases of a folder, or says that there are none', () => {
    expect(findCases(folder)).toEqual([folder])
    expect(findCases(fixtures)).toEqual(cases.map((name) => join(fixtures, name)))
    expect(() => findCases(join(fixtures, '..'))).toThrow('holds no case.json')
    expect(() => findCases(join(fixtures, 'no-such'))).toThrow('does not exist')
  })
})
