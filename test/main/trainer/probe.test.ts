import * as tf from '@tensorflow/tfjs'
import { expect, test } from 'vitest'
import { ProbeAnswer } from '@shared/diagnosis'
import { answerProbe, probeEngine } from '../../../src/main/trainer/probe'

test.each(['cpu', 'wasm'] as const)(
  'the %s engine is timed, and nothing is left behind',
  async (name) => {
    const probe = await probeEngine(name)
    expect(probe).toMatchObject({ name, device: 'cpu', version: expect.stringMatching(/^\d+\./) })
    expect(probe.gflops).toBeGreaterThan(0)
    expect(tf.memory().numTensors).toBe(0)
  }
)

test('an engine that there is not is an answer, not an error', async () => {
  const answer = ProbeAnswer.parse(await answerProbe('abacus' as 'cpu'))
  expect(answer.type).toBe('refused')
})
