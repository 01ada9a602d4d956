import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Pins, Wheel } from '../../src/setup/engine-pins.mjs'
import {
  fakeMachine,
  newFolder,
  reallyRun,
  writeFiles,
  type Answer,
  type FakeMachine
} from './fake-machine'

const PIP = 'pip 24.0 from /usr/lib/python3 (python 3.12)'
const MEMBERS = {
  tensorflow: ['tensorflow/lib*.so.2', 'tensorflow/include/*.h'],
  nvidia: ['nvidia/*/lib/*.so*']
}

export interface EngineWorld {
  machine: FakeMachine
  pins: Pins
  /** pip's index: file name -> bytes it serves. */
  index: Map<string, Buffer>
  /** Answers of pip download before it serves the file; taken one by one. */
  troubles: Answer[]
  /** What the self-test says; taken one by one, the last stays. */
  selfTests: Answer[]
  downloads: () => number
}

export const WORKING: Answer = {
  stdout: '{"tensorflow":"2.21.0","gflops":100,"device":"cpu","node":"22.23.3"}\n'
}

/**
 * A machine with an empty cache, tiny wheels in pip's index, and programs that do what pip, g++ and
 * the self-test would. Python is the real one: it unpacks the wheels.
 */
export function engineWorld(): EngineWorld {
  made ??= makeWheels()
  const index = new Map(made.index)
  const { pins } = made
  const world: EngineWorld = {
    machine: fakeMachine(),
    pins,
    index,
    troubles: [],
    selfTests: [WORKING],
    downloads: () => world.machine.ran.filter((line) => line.includes(' download ')).length
  }
  writeFiles(world.machine.root, {
    'node_modules/@tensorflow/tfjs-node-gpu/package.json': '{}',
    'node_modules/@tensorflow/tfjs-node-gpu/binding/tfjs_binding.cc': '// addon',
    'node_modules/.grokscope/packages': ''
  })
  world.machine.answer = (line, args) => {
    if (line.includes('pip --version')) return { stdout: PIP }
    if (line.includes(' download ')) return world.troubles.shift() ?? serve(index, args)
    if (line.includes('unpack.py')) return reallyRun('python3', args)
    if (line === 'g++ --version') return { stdout: 'g++ 12.2.0\n' }
    if (line.startsWith('g++ ')) writeFileSync(String(args.at(-1)), 'addon')
    if (line.includes('self-test')) {
      return world.selfTests.length > 1 ? world.selfTests.shift() : world.selfTests[0]
    }
    return undefined
  }
  return world
}

/** pip download: writes what the index has of the asked project into --dest. */
function serve(index: Map<string, Buffer>, args: string[]): Answer {
  const [project, version] = String(args.at(-1)).split('==')
  const start = `${String(project).replaceAll('-', '_')}-${String(version)}-`
  const file = [...index.keys()].find((name) => name.startsWith(start))
  if (!file) {
    return { code: 1, output: `ERROR: No matching distribution found for ${String(args.at(-1))}\n` }
  }
  writeFileSync(join(String(args[args.indexOf('--dest') + 1]), file), index.get(file) ?? '')
  return undefined
}

/** Python takes its time to start: the wheels are made once for all tests of a file. */
let made: ReturnType<typeof makeWheels> | undefined

function makeWheels(): { index: Map<string, Buffer>; pins: Pins } {
  const index = new Map<string, Buffer>()
  const tensorflow = { 'tensorflow/libtensorflow_cc.so.2': 'cc', 'tensorflow/python.py': 'unused' }
  const cpu = wheel(index, 'tensorflow-cpu', 'cp311-cp311-manylinux_2_27_x86_64', {
    ...tensorflow,
    'tensorflow/libtensorflow_framework.so.2': 'framework',
    'tensorflow/include/c_api.h': '// C'
  })
  const cuda = wheel(index, 'tensorflow', 'cp311-cp311-manylinux_2_27_x86_64', {
    ...tensorflow,
    'tensorflow/libtensorflow_framework.so.2': 'framework with CUDA'
  })
  const cublas = wheel(
    index,
    'nvidia-cublas',
    'py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64',
    {
      'nvidia/cublas/lib/libcublas.so.12': 'cublas',
      'nvidia/cublas/include/cublas.h': 'unused',
      'nvidia/cuda_runtime/lib/libcudart.so.12': 'cudart',
      'nvidia/cusolver/lib/libcusolver.so.11': 'cusolver'
    }
  )
  const pins: Pins = {
    tensorflow: '2.21.0',
    python: { version: '3.11', implementation: 'cp', abi: 'cp311' },
    cxx11Abi: 1,
    members: MEMBERS,
    kinds: {
      cpu: { wheels: [{ ...cpu, members: 'tensorflow' }] },
      cuda: {
        wheels: [
          { ...cuda, members: 'tensorflow' },
          { ...cublas, members: 'nvidia' }
        ]
      }
    }
  }
  return { index, pins }
}

/** Makes a wheel (a zip archive) with real Python and puts it into the index. */
function wheel(
  index: Map<string, Buffer>,
  project: string,
  tags: string,
  files: Record<string, string>
): Omit<Wheel, 'members'> {
  const folder = newFolder()
  writeFiles(folder, files)
  const file = `${project.replaceAll('-', '_')}-2.21.0-${tags}.whl`
  const path = join(newFolder(), file)
  const tops = [
    ...new Set(Object.keys(files).map((name) => join(folder, String(name.split('/')[0]))))
  ]
  const zipped = reallyRun('python3', ['-m', 'zipfile', '-c', path, ...tops])
  if (zipped?.code !== 0) throw new Error(`python3 made no wheel: ${String(zipped?.output)}`)
  const bytes = readFileSync(path)
  index.set(file, bytes)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    project,
    version: '2.21.0',
    file,
    sha256,
    bytes: statSync(path).size,
    unpackedBytes: 1000
  }
}
