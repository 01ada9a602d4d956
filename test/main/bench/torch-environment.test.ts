import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pins, torchPython } from '../../../src/main/bench/torch-environment'
import type { Pip } from '../../../src/main/bench/torch-environment'

describe('the environment of PyTorch', () => {
  let cache: string
  beforeEach(() => {
    cache = fs.mkdtempSync(path.join(os.tmpdir(), 'grokscope-bench-cache-'))
  })
  afterEach(() => fs.rmSync(cache, { recursive: true, force: true }))

  /** A machine with an index that holds these versions of torch; what was run is noted. */
  function machine(versions: string[], venvFails?: string): Pip & { installs: string[] } {
    const installs: string[] = []
    return {
      installs,
      platform: 'linux',
      async run(_program, words) {
        if (words.includes('venv')) {
          if (venvFails) return { code: 1, output: venvFails }
          const bin = path.join(words.at(-1)!, 'bin')
          fs.mkdirSync(bin, { recursive: true })
          fs.writeFileSync(path.join(bin, 'python'), '')
          return { code: 0, output: '' }
        }
        const torch = words.find((word) => word.startsWith('torch=='))!
        installs.push(torch)
        if (versions.includes(torch.slice('torch=='.length))) return { code: 0, output: '' }
        return {
          code: 1,
          output: `ERROR: No matching distribution found for ${torch}\nsee above\n`
        }
      }
    }
  }
  const quiet = (): void => undefined

  it('takes the processor-only build where the index has one', async () => {
    const pip = machine([pins.torch, `${pins.torch}+cpu`])
    const python = await torchPython(cache, false, quiet, pip)
    expect(python).toBe(path.join(cache, 'bench-venv', 'bin', 'python'))
    expect(pip.installs).toEqual([`torch==${pins.torch}+cpu`])
  })

  it('takes the general build elsewhere, and for a GPU', async () => {
    const pip = machine([pins.torch])
    await torchPython(cache, false, quiet, pip)
    expect(pip.installs).toEqual([`torch==${pins.torch}+cpu`, `torch==${pins.torch}`])
    const gpu = machine([pins.torch, `${pins.torch}+cpu`])
    await torchPython(cache, true, quiet, gpu)
    expect(gpu.installs).toEqual([`torch==${pins.torch}`])
  })

  it('installs once, and anew where the pins have changed', async () => {
    await torchPython(cache, false, quiet, machine([pins.torch]))
    const again = machine([pins.torch])
    await torchPython(cache, false, quiet, again)
    expect(again.installs).toEqual([])
    fs.writeFileSync(path.join(cache, 'bench-venv', 'grokscope.json'), '{"torch":"1.0.0"}')
    await torchPython(cache, false, quiet, again)
    expect(again.installs).not.toEqual([])
  })

  it('says why it cannot be had, and is not taken for installed afterwards', async () => {
    const failure = torchPython(cache, false, quiet, machine([]))
    await expect(failure).rejects.toMatchObject({
      code: 'bench.torch',
      message: expect.stringContaining(`No matching distribution found for torch==${pins.torch}`),
      hint: expect.stringContaining('pip install torch==')
    })
    const later = machine([pins.torch])
    await torchPython(cache, false, quiet, later)
    expect(later.installs).not.toEqual([])
  })

  it('says that Python has no venv', async () => {
    const failure = torchPython(cache, false, quiet, machine([], 'No module named venv'))
    await expect(failure).rejects.toMatchObject({
      message: expect.stringContaining('No module named venv'),
      hint: expect.stringContaining('python3-venv')
    })
  })
})
