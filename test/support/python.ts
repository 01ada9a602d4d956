/**
 * The real PyTorch, transformers and TensorBoard, for tests against them: the benchmark's environment, installed into
 * the cache folder by the first test that asks (some gigabytes, once), or the reason why there is none.
 */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { UserError } from '@shared/errors'
import { torchPython } from '../../src/main/bench/torch-environment'
import { cacheFolder } from '../../src/setup/machine.mjs'

async function find(): Promise<{ python: string } | { skip: string }> {
  const told = process.env['GROKSCOPE_SKIP_PYTHON']
  if (told) return { skip: `skipped: ${told}` }
  try {
    const say = (line: string): void => {
      if (!line.startsWith('  fetching')) process.stderr.write(`${line}\n`)
    }
    return { python: await torchPython(cacheFolder(process), false, say) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { skip: `skipped: ${error.message} ${error.hint}` }
  }
}

const found = await find()

/** Why there is no environment; undefined where there is one. */
export const skipPython: string | undefined = 'skip' in found ? found.skip : undefined

/**
 * Runs a script of test/support/python on requests, one JSON line each.
 * @returns its answers, one for each request.
 */
export function askPython(script: string, requests: readonly object[]): unknown[] {
  if (!('python' in found)) throw new Error(found.skip)
  const file = path.resolve('test/support/python', script)
  const { status, stdout, stderr } = spawnSync(found.python, [file], {
    input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1e9,
    // Nothing is fetched, no GPU is asked for, nothing is written beside the scripts.
    env: {
      ...process.env,
      ...{ HF_HUB_OFFLINE: '1', CUDA_VISIBLE_DEVICES: '', PYTHONDONTWRITEBYTECODE: '1' },
      PYTHONUTF8: '1'
    }
  })
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stderr}`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
}
