/**
 * PyTorch, transformers and TensorBoard in a virtual environment of our own, in the cache folder, at pinned versions:
 * for the benchmark, and for the tests that ask the real libraries.
 * pip's own settings say where from: no address stands here. Where an index carries the processor-only build under its
 * version (`+cpu`), that is taken, because the general build for Linux brings gigabytes of CUDA libraries along.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { UserError } from '@shared/errors'
import { withLock } from '../../setup/lock.mjs'

export const pins = {
  torch: '2.15.0',
  transformers: '5.23.0',
  safetensors: '0.8.0',
  numpy: '2.4.6',
  tensorboard: '2.21.0'
} as const

/** Wheels and what is unpacked of them, with CUDA's. */
const neededBytes = 12e9

/** What can be asked of the machine; tests put their own here. */
export interface Pip {
  /** Runs a program, each line of its output handed on. @returns exit code and all output. */
  run(
    program: string,
    words: readonly string[],
    onLine: (line: string) => void
  ): Promise<{ code: number; output: string }>
  platform: string
}

export const realPip: Pip = {
  platform: process.platform,
  run: (program, words, onLine) =>
    new Promise((resolve) => {
      const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          output += `${line}\n`
          onLine(line)
        })
      }
      child.on('error', (error) => {
        output += error.message
        resolve({ code: 127, output })
      })
      child.on('close', (code) => resolve({ code: code ?? 1, output }))
    })
}

/**
 * The environment's Python, installed first where it is missing or of other versions.
 * @param cache the cache folder
 * @param gpu the build with CUDA
 * @param say one line of progress
 * @throws {UserError} `bench.torch`: why it cannot be had, and what to do.
 */
export async function torchPython(
  cache: string,
  gpu: boolean,
  say: (line: string) => void,
  pip: Pip = realPip
): Promise<string> {
  const folder = join(cache, gpu ? 'bench-venv-gpu' : 'bench-venv')
  const waiting = (): void => say(`Waiting for another process, which installs into ${folder} ...`)
  return withLock(`${folder}.lock`, () => installed(folder, gpu, say, pip), waiting)
}

async function installed(
  folder: string,
  gpu: boolean,
  say: (line: string) => void,
  pip: Pip
): Promise<string> {
  const windows = pip.platform === 'win32'
  const python = join(folder, windows ? 'Scripts' : 'bin', windows ? 'python.exe' : 'python')
  const record = join(folder, 'grokscope.json')
  const wanted = JSON.stringify(pins)
  if (existsSync(python) && existsSync(record) && readFileSync(record, 'utf8') === wanted) {
    return python
  }

  rmSync(folder, { recursive: true, force: true })
  const cache = dirname(folder)
  mkdirSync(cache, { recursive: true })
  const { bavail, bsize } = statfsSync(cache)
  if (bavail * bsize < neededBytes) {
    const [needed, free] = [neededBytes, bavail * bsize].map((n) => `${(n / 1e9).toFixed(1)} GB`)
    throw unavailable(
      `it needs up to ${needed} in ${cache}, which has ${free}`,
      'Free some space or set GROKSCOPE_CACHE to a folder on a larger disk'
    )
  }
  say(`Installing PyTorch ${pins.torch} and transformers ${pins.transformers} into ${folder} ...`)
  const base = windows ? 'python' : 'python3'
  const made = await pip.run(base, ['-m', 'venv', folder], () => undefined)
  if (made.code !== 0) {
    throw unavailable(
      `${base} -m venv failed (${lastLine(made.output)})`,
      'Install Python 3.10 or newer with venv (Debian and Ubuntu: apt-get install python3-venv)'
    )
  }
  const { torch, ...rest } = pins
  const others = Object.entries(rest).map(([name, version]) => `${name}==${version}`)
  const install = (torchVersion: string): ReturnType<Pip['run']> => {
    const words = ['-m', 'pip', 'install', '--disable-pip-version-check', '--progress-bar', 'off']
    return pip.run(python, [...words, `torch==${torchVersion}`, ...others], (line) => {
      const fetched = /^\s*Downloading ([^\s/]+)[^(]*(\(.*\))?/.exec(line)
      if (fetched) say(`  fetching ${fetched[1]!} ${fetched[2] ?? ''}`)
      else if (line.startsWith('Installing collected')) say('  unpacking ...')
    })
  }
  // Asking for a version that the index lacks costs a second.
  let result = gpu ? undefined : await install(`${torch}+cpu`)
  if (result?.code !== 0) result = await install(torch)
  if (result.code !== 0) {
    const failure = unavailable(
      `pip could not install it (${lastLine(result.output)})`,
      `Try \`${python} -m pip install torch==${torch}\` to see all that pip says`
    )
    rmSync(record, { force: true })
    throw failure
  }
  writeFileSync(record, wanted)
  return python
}

/** pip's last complaint, else whatever came last. */
function lastLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim())
  return lines.findLast((line) => line.startsWith('ERROR')) ?? lines.findLast(Boolean) ?? 'silently'
}

function unavailable(reason: string, next: string): UserError {
  return new UserError(
    'bench.torch',
    `PyTorch is left out: ${reason}.`,
    `${next}, then run this again.`
  )
}
