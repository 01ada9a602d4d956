import { describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { EngineConfig, refuseChoice, refuseOptions } from '@shared/engine-config'

const native = { name: 'native', recorded: true } as const
const eager = { name: 'native', recorded: false } as const
const wasm = { name: 'wasm', recorded: true, reason: 'It is not installed.' } as const

describe('options of the engine', () => {
  it('leaves what is open to the engine, and single precision', () => {
    expect(parseRunConfig({}).engine).toEqual({
      ...{ precision: 'fp32', xla: 'auto', oneDnn: 'auto', threads: null }
    })
  })

  it.each([
    [{ precision: 'amp-bf16' }, native],
    [{ precision: 'amp-fp16' }, native],
    [{ xla: 'on' }, native],
    [{ oneDnn: 'on', threads: 8 }, eager],
    [{ xla: 'off', oneDnn: 'off', threads: 1 }, wasm],
    [{}, wasm]
  ])('takes %j on %j', (options, runs) => {
    expect(() => refuseOptions(EngineConfig.parse(options), runs)).not.toThrow()
  })

  it.each([
    [{ precision: 'amp-bf16' }, eager, 'engine.precision is amp-bf16'],
    [{ precision: 'amp-fp16' }, wasm, 'engine.precision is amp-fp16'],
    [{ xla: 'on' }, eager, 'engine.xla is on'],
    [{ oneDnn: 'on' }, wasm, 'engine.oneDnn is on'],
    [{ threads: 2 }, { name: 'cpu', recorded: true } as const, 'engine.threads is 2']
  ])('refuses %j on %j, naming setting and value', (options, runs, message) => {
    expect(() => refuseOptions(EngineConfig.parse(options), runs)).toThrow(
      expect.objectContaining({
        code: 'engine.option',
        message: expect.stringContaining(message),
        hint: expect.stringContaining('native engine')
      })
    )
  })

  it.each(['auto', 'native'] as const)('takes half precision where a run asks for %s', (choice) => {
    const options = EngineConfig.parse({ precision: 'amp-bf16' })
    expect(() => refuseChoice(options, choice)).not.toThrow()
  })

  it.each(['eager', 'wasm', 'cpu'] as const)('refuses it where a run asks for %s', (choice) => {
    const options = EngineConfig.parse({ precision: 'amp-bf16' })
    expect(() => refuseChoice(options, choice)).toThrow('engine.precision is amp-bf16')
  })

  it('says why there is no better engine where one was wanted', () => {
    const options = EngineConfig.parse({ xla: 'on' })
    expect(() => refuseOptions(options, wasm)).toThrow('It is not installed.')
  })

  it('refuses a loss scale together with a filter over the steps', () => {
    const input = { engine: { precision: 'amp-fp16' }, optimizer: { grokfast: { filter: 'ema' } } }
    expect(() => parseRunConfig(input)).toThrow(
      expect.objectContaining({
        issues: [expect.objectContaining({ path: 'engine.precision' })]
      })
    )
  })
})
