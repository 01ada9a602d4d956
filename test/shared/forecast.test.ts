import { describe, expect, it } from 'vitest'
import { parseRunConfig } from '@shared/config-input'
import { engineKindOf, forecastDisk, forecastTime } from '@shared/forecast'
import { countParametersOf, evaluationFlops, stepCost } from '@shared/model-cost'
import { runRow } from '../support/run-rows'

const shape = { vocabularySize: 120, contextLength: 6, answers: 2, trainExamples: 5000 }
const probes = 600
const input = (dModel: number, family: 'gpt2' | 'rwkv' = 'gpt2') => ({
  model: { family, nLayer: 2, dModel, ...(family === 'gpt2' && { nHead: 4 }) },
  budget: { steps: 1000 },
  evaluation: { every: 100, perDecade: 0 },
  checkpoints: { every: 500 }
})
const config = parseRunConfig(input(64))

/** A run of another width that took `msPerGflop` for its work. */
function run(dModel: number, msPerGflop: number, over: object = {}) {
  const other = parseRunConfig(input(dModel))
  const flopsPerEvaluation = evaluationFlops(other.model, shape, probes)
  const cost = { ...stepCost(other, shape), flopsPerEvaluation }
  const pace = {
    stepMs: (cost.flopsPerStep / 1e9) * msPerGflop,
    evaluationMs: (flopsPerEvaluation / 1e9) * msPerGflop,
    checkpointMs: 20
  }
  const parameterCount = countParametersOf(other.model, shape)
  return runRow(`w${dModel}`, input(dModel), { cost, pace, parameterCount, ...over })
}

/** Steps 1 to 1,000, evaluations at 0 to 1,000 by hundreds, checkpoints at 500 and 1,000. */
function exact(msPerGflop: number, checkpointMs: number): number {
  const step = stepCost(config, shape).flopsPerStep / 1e9
  const evaluation = evaluationFlops(config.model, shape, probes) / 1e9
  return msPerGflop * (1000 * step + 11 * evaluation) + 2 * checkpointMs
}

describe('the forecast of time', () => {
  const ask = (history: Parameters<typeof forecastTime>[4], from = 0) =>
    forecastTime(config, shape, probes, 'native', history, from)
  const middle = ({ ms }: { ms: readonly [number, number] }): number => (ms[0] + ms[1]) / 2

  it('is that of runs of the same shape, evaluations and checkpoints included', () => {
    const forecast = ask([run(64, 10), run(128, 100), run(64, 10)])!
    expect(middle(forecast)).toBeCloseTo(exact(10, 20), 3)
    expect(forecast).toMatchObject({ runs: 2, sameShape: true })
    expect(forecast.ms[0]).toBeLessThan(forecast.ms[1])
  })

  it('scales other widths by their work, and is less sure of itself', () => {
    const other = run(128, 10)
    const forecast = ask([other])!
    const parameters = countParametersOf(config.model, shape) / other.parameterCount!
    expect(middle(forecast)).toBeCloseTo(exact(10, 20 * parameters), 3)
    expect(forecast).toMatchObject({ runs: 1, sameShape: false })
    const spread = (f: { ms: readonly [number, number] }): number => f.ms[1] / f.ms[0]
    expect(spread(forecast)).toBeGreaterThan(spread(ask([run(64, 10)])!))
  })

  it('of a fork counts what is left', () => {
    const history = [run(64, 10)]
    const half = middle(ask(history, 500)!)
    expect(half / middle(ask(history)!)).toBeGreaterThan(0.49)
    expect(half / middle(ask(history)!)).toBeLessThan(0.56)
  })

  it('is none where nothing similar was measured', () => {
    const eager = { name: 'native', version: '2', detail: 'TensorFlow, eager steps' } as const
    const wasm = { name: 'wasm', version: '4', detail: 'WebAssembly' } as const
    const unlike = [
      run(64, 10, { pace: null }),
      run(64, 10, { cost: null }),
      run(64, 10, { engine: eager }),
      run(64, 10, { engine: wasm }),
      run(64, 10, { config: parseRunConfig(input(64, 'rwkv')) }),
      run(1024, 10)
    ]
    expect(ask(unlike)).toBeNull()
    expect(forecastTime(config, shape, probes, 'wasm', unlike)).toMatchObject({ runs: 1 })
    expect([engineKindOf('auto', true), engineKindOf('auto', false)]).toEqual(['native', 'wasm'])
  })
})

describe('the forecast of disk', () => {
  it('is what is kept of checkpoints, and lines', () => {
    const one = forecastDisk(config, 1_000_000, 5)
    // Weights and two moments in float32, twice.
    expect(one.checkpoints).toBeGreaterThan(2 * 12e6)
    expect(one.checkpoints).toBeLessThan(2 * 12.1e6)
    expect(one.total).toBe(one.checkpoints + one.records)
    const kept = parseRunConfig({ ...input(64), checkpoints: { every: 10, keep: 1 } })
    expect(forecastDisk(kept, 1_000_000, 5).kept).toBe(2)
  })
})
