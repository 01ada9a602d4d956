import { describe, expect, it } from 'vitest'
import * as tf from '@tensorflow/tfjs'
import { UserError } from '@shared/errors'
import { startEngine } from '../../../src/main/trainer/backend'
import { trainable } from '../../support/engines'

const broken = (message: string) => (): void => {
  throw new Error(message)
}
const environment = {}

describe('startEngine', () => {
  it('falls back to wasm and says why, with the next step', async () => {
    const message =
      'The Node.js native addon module (tfjs_binding.node) can not be found at path: x.\nRun y.'
    const engine = await startEngine('auto', { loadNative: broken(message), environment })
    expect(engine.name).toBe('wasm')
    expect(engine.reason).toMatch(/could not start: it is not installed\. Run `npm run engine`/)
    expect(engine.detail).toMatch(/WebAssembly, SIMD/)
    expect(tf.getBackend()).toBe('wasm')
  })

  it("keeps the loader's own first line where the addon is there but cannot be loaded", async () => {
    const message = 'libtensorflow.so.2: cannot open shared object file\nmore'
    const engine = await startEngine('auto', { loadNative: broken(message), environment })
    expect(engine.reason).toContain('libtensorflow.so.2: cannot open shared object file.')
    expect(engine.reason).not.toContain('more')
  })

  it('does not fall back where native was asked for by name', async () => {
    const attempt = startEngine('native', { loadNative: broken('wrong ELF class'), environment })
    await expect(attempt).rejects.toThrow(UserError)
    await expect(attempt).rejects.toThrow('wrong ELF class')
  })

  it("sets TensorFlow's settings before it loads and leaves the user's alone", async () => {
    const seen: NodeJS.ProcessEnv[] = []
    const start = async (environment: NodeJS.ProcessEnv): Promise<void> => {
      const loadNative = (): void => {
        seen.push({ ...environment })
        throw new Error('enough')
      }
      await startEngine('auto', { loadNative, environment })
    }
    await start({})
    await start({
      ...{ TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '0' },
      TF_FORCE_GPU_ALLOW_GROWTH: 'false'
    })
    expect(seen).toEqual([
      {
        ...{ TF_ENABLE_ONEDNN_OPTS: '0', TF_CPP_MIN_LOG_LEVEL: '2' },
        TF_FORCE_GPU_ALLOW_GROWTH: 'true'
      },
      {
        ...{ TF_ENABLE_ONEDNN_OPTS: '1', TF_CPP_MIN_LOG_LEVEL: '0' },
        TF_FORCE_GPU_ALLOW_GROWTH: 'false'
      }
    ])
  })

  describe.each(trainable)('$name', ({ name, skip }) => {
    it.skipIf(skip)(skip ?? 'starts, computes, and can be switched to again', async () => {
      for (const wanted of [name, 'cpu', name] as const) {
        const engine = await startEngine(wanted)
        expect(engine.name).toBe(wanted)
        expect(engine.reason).toBeUndefined()
        expect(engine.version).toMatch(/^\d+\.\d+\.\d+/)
        const product = engine.tf.tidy(() =>
          engine.tf.matMul(engine.tf.tensor2d([[1, 2]]), engine.tf.tensor2d([[3], [4]])).dataSync()
        )
        expect(Array.from(product)).toEqual([11])
      }
    })
  })
})
