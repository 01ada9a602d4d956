import * as tf from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import { probeEngine } from '../../../src/main/trainer/probe'

test.each(['cpu', 'wasm'] as const)(
  'the %s engine is timed, and nothing is left behind',
  async (name) => {
    const probe = await probeEngine(name)
    expect(probe).toMatchObject({ name, version: expect.stringMatching(/^\d+\./) })
    expect(probe.gflops).toBeGreaterThan(0)
    expect(tf.memory().numTensors).toBe(0)
  }
)
