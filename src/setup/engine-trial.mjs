import { fileURLToPath } from 'node:url'
import { SetupFailure } from './failure.mjs'
import { pinnedNode } from './pinned-node.mjs'

/** @typedef {import('./machine.mjs').Machine} Machine */

const TRIAL_LIMIT_MS = 180_000

/**
 * Runs engine-self-test.mjs in a process of its own: a broken library may end it.
 * @param {Machine} machine
 * @returns {Promise<{ tensorflow: string, gflops: number, device: 'cpu' | 'gpu', node: string }
 *   | { reason: string, signal: string | null, output: string }>}
 */
export async function selfTest(machine) {
  machine.progress.update('engine', 'testing it')
  const env = { ...machine.env }
  // Would turn off the JavaScript of anybody who tests inside Electron.
  delete env['NODE_OPTIONS']
  const result = await machine.run(
    pinnedNode(machine),
    [fileURLToPath(new URL('engine-self-test.mjs', import.meta.url))],
    { env: { ...env, TF_CPP_MIN_LOG_LEVEL: '1' }, timeoutMs: TRIAL_LIMIT_MS }
  )
  const line = result.stdout.trim().split('\n').pop()
  if (result.code === 0 && line) return JSON.parse(line)
  const error = result.output.split('\n').find((text) => /error/i.test(text))
  const reason = result.timedOut
    ? 'no answer within three minutes'
    : (result.signal ?? error?.trim().slice(0, 200) ?? `exit code ${result.code}`)
  return { reason, signal: result.signal, output: result.output }
}

/**
 * @param {{ reason: string, signal: string | null, output: string }} test
 * @returns {SetupFailure} 'processor' or 'self-test'
 */
export function selfTestFailure({ reason, signal, output }) {
  if (signal === 'SIGILL') {
    return new SetupFailure(
      'processor',
      'TensorFlow needs a processor with AVX, and this one has none: nothing needs doing, Grokscope trains on its WebAssembly engine here.'
    )
  }
  return new SetupFailure(
    'self-test',
    `The native engine was built but failed its self-test (${reason}) and was removed: run \`npm run engine\` once more, and report this output if it stays.`,
    output
  )
}
