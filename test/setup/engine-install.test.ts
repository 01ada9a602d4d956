import { existsSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { ensureEngine } from '../../src/setup/engine-install.mjs'
import { engineFailure, installedEngine } from '../../src/setup/engine-record.mjs'
import { engineWorld, WORKING, type EngineWorld } from './engine-world'
import { removeFolders, writeFiles, type Answer } from './fake-machine'

afterEach(removeFolders)

const inPackage = (world: EngineWorld, path: string): string =>
  join(world.machine.root, 'node_modules/@tensorflow/tfjs-node-gpu', path)
const inCache = (world: EngineWorld, path: string): string =>
  join(String(world.machine.env['GROKSCOPE_CACHE']), 'engine', path)
const install = (world: EngineWorld, options: object = {}): ReturnType<typeof ensureEngine> =>
  ensureEngine(world.machine, { pins: world.pins, ...options })
const treeOf = (world: EngineWorld): string =>
  `wheels/${String(world.pins.kinds.cpu.wheels[0]?.file).replace('.whl', '')}`

describe('installing the engine', () => {
  it('puts addon, libraries and record where tfjs-node looks for them', async () => {
    const world = engineWorld()
    const { engine, changed } = await install(world)
    expect(changed).toBe(true)
    expect(engine).toMatchObject({ kind: 'cpu', tensorflow: '2.21.0', gflops: 100, device: 'cpu' })
    expect(engine.compiler).toBe('g++ 12.2.0')
    expect(readFileSync(inPackage(world, 'deps/lib/libtensorflow_cc.so.2'), 'utf8')).toBe('cc')
    expect(readlinkSync(inPackage(world, 'deps/lib/libtensorflow.so'))).toBe(
      'libtensorflow_cc.so.2'
    )
    expect(readFileSync(inPackage(world, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('addon')
    expect(JSON.parse(readFileSync(inPackage(world, 'lib/napi-v8/engine.json'), 'utf8'))).toEqual(
      engine
    )
    expect(existsSync(inCache(world, `${treeOf(world)}/tensorflow/python.py`))).toBe(false)
  })

  it('keeps one copy of the libraries and no wheel', async () => {
    const world = engineWorld()
    await install(world)
    expect(statSync(inPackage(world, 'deps/lib/libtensorflow_cc.so.2')).nlink).toBe(2)
    expect(
      existsSync(inCache(world, `download/${String(world.pins.kinds.cpu.wheels[0]?.file)}`))
    ).toBe(false)
  })

  it('does nothing when it is there, and only links when npm ci has removed it', async () => {
    const world = engineWorld()
    await install(world)
    world.machine.ran.length = 0
    expect((await install(world)).changed).toBe(false)
    expect(world.machine.ran).toEqual([])

    for (const part of ['lib', 'deps']) rmSync(inPackage(world, part), { recursive: true })
    expect((await install(world)).changed).toBe(true)
    expect(world.downloads()).toBe(0)
    expect(world.machine.ran.filter((line) => line.startsWith('g++ -std'))).toEqual([])
  })

  it('uses the cached addon where the compiler is gone', async () => {
    const world = engineWorld()
    await install(world)
    world.machine.programs.delete('g++')
    rmSync(inPackage(world, 'lib'), { recursive: true })
    expect((await install(world)).engine.compiler).toBe('cached')
  })

  it('compiles with the string layout and search path that the wheel needs', async () => {
    const world = engineWorld()
    await install(world)
    const line = world.machine.ran.find((text) => text.startsWith('g++ -std'))
    expect(line).toContain('-D_GLIBCXX_USE_CXX11_ABI=1')
    expect(line).toContain('-DNAPI_VERSION=8')
    expect(line).toContain('-Wl,-rpath,$ORIGIN/../../deps/lib')
  })

  it('lays the CUDA wheels side by side, and stays with CUDA after npm ci', async () => {
    const world = engineWorld()
    const { engine } = await install(world, { kind: 'cuda' })
    expect(engine.kind).toBe('cuda')
    expect([...engine.libraryPath].sort()).toEqual(
      ['cublas', 'cuda_runtime', 'cusolver'].map((part) => `deps/nvidia/${part}/lib`)
    )
    // Where TensorFlow's search path leads, unlike cuSOLVER's own folder.
    expect(
      readFileSync(inPackage(world, 'deps/nvidia/cuda_runtime/lib/libcusolver.so.11'), 'utf8')
    ).toBe('cusolver')
    expect(readFileSync(inPackage(world, 'deps/nvidia/cublas/lib/libcublas.so.12'), 'utf8')).toBe(
      'cublas'
    )
    expect((await install(world)).changed).toBe(false)
    rmSync(inPackage(world, 'lib'), { recursive: true })
    expect((await install(world)).engine.kind).toBe('cuda')
    expect((await install(world, { kind: 'cpu' })).engine.kind).toBe('cpu')
    expect(existsSync(inPackage(world, 'deps/nvidia'))).toBe(false)
  })
})

describe('the engine that suits the machine', () => {
  const H200 = { stdout: 'NVIDIA H200, 570.86.15\n' }
  /** A world whose nvidia-smi answers so. */
  function driven(answer: Answer): EngineWorld {
    const world = engineWorld()
    world.machine.programs.add('nvidia-smi')
    answerTo(world, 'nvidia-smi --query-gpu', answer)
    return world
  }
  const best = async (world: EngineWorld): Promise<string> =>
    (await install(world, { kind: 'auto' })).engine.kind

  it('is the GPU build beside an NVIDIA driver, and is said with its size', async () => {
    const world = driven(H200)
    expect(await best(world)).toBe('cuda')
    expect(world.machine.said.join('\n')).toMatch(/NVIDIA H200.*3\.4 GB.*-- --cpu/)
  })

  it.each<[string, Answer]>([
    ['a driver that fails', { code: 9, stdout: 'NVIDIA-SMI has failed' }],
    ['a driver that hangs', { code: null, timedOut: true }],
    ['a driver that finds no card', { stdout: 'No devices were found\n' }],
    ['a driver too old for CUDA 12', { stdout: 'Tesla K80, 470.256.02\n' }]
  ])('is the small one beside %s', async (_what, answer) => {
    expect(await best(driven(answer))).toBe('cpu')
  })

  it('is the small one where there is no driver, and nobody is asked', async () => {
    const world = engineWorld()
    expect(await best(world)).toBe('cpu')
    expect(world.machine.ran.join()).not.toContain('nvidia-smi')
  })

  it('stays what was asked for, and what is installed', async () => {
    const world = driven(H200)
    await install(world, { kind: 'cpu' })
    expect(await best(world)).toBe('cpu')
    for (const part of ['lib', 'deps']) rmSync(inPackage(world, part), { recursive: true })
    expect(await best(world)).toBe('cpu')
    expect(world.machine.ran.join()).not.toContain('nvidia-smi')
  })

  it('is the small one where there is no room for the large one, or it breaks', async () => {
    const full = driven(H200)
    // Enough for the processor's wheel alone.
    const { wheels } = full.pins.kinds.cpu
    full.machine.free = wheels.reduce(
      (sum, { bytes, unpackedBytes }) => sum + bytes + unpackedBytes,
      1000
    )
    expect(await best(full)).toBe('cpu')
    expect(full.machine.said.join('\n')).toMatch(/free.*Until then the engine for the processor/)

    const broken = driven(H200)
    broken.selfTests = [{ code: null, signal: 'SIGSEGV' }, WORKING]
    expect(await best(broken)).toBe('cpu')
    expect(engineFailure(broken.machine.root)).toBeUndefined()
  })

  it('is not tried a second time where what is missing would be missed again', async () => {
    const world = driven(H200)
    world.machine.programs.delete('g++')
    await expect(best(world)).rejects.toThrow(/g\+\+/)
    expect(world.machine.said).toHaveLength(1)
  })
})

describe('what is half there', () => {
  it('takes no engine for whole whose record is missing, cut short or of another wheel', async () => {
    const world = engineWorld()
    const { engine } = await install(world)
    const record = inPackage(world, 'lib/napi-v8/engine.json')
    for (const text of ['', '{"kind":"cpu"', JSON.stringify({ ...engine, sha256: 'another' })]) {
      writeFileSync(record, text)
      expect(installedEngine(world.machine.root, world.pins)).toBeUndefined()
    }
    writeFileSync(record, JSON.stringify(engine))
    expect(installedEngine(world.machine.root, world.pins)).toEqual(engine)
    rmSync(inPackage(world, 'deps/lib/libtensorflow_framework.so.2'))
    expect(installedEngine(world.machine.root, world.pins)).toBeUndefined()
  })

  it('unpacks again where the cache holds a tree without manifest or with a short file', async () => {
    const world = engineWorld()
    writeFiles(inCache(world, ''), {
      [`${treeOf(world)}/tensorflow/libtensorflow_cc.so.2`]: 'half',
      'wheels/unpacking-1/tensorflow/libtensorflow_cc.so.2': 'half'
    })
    await install(world)
    expect(world.downloads()).toBe(1)
    expect(existsSync(inCache(world, 'wheels/unpacking-1'))).toBe(false)

    writeFileSync(inCache(world, `${treeOf(world)}/tensorflow/libtensorflow_framework.so.2`), '')
    rmSync(inPackage(world, 'lib'), { recursive: true })
    await install(world)
    expect(world.downloads()).toBe(2)
    expect(readFileSync(inPackage(world, 'deps/lib/libtensorflow_framework.so.2'), 'utf8')).toBe(
      'framework'
    )
  })

  it('finds a damaged cache by the self-test, and fetches it once more', async () => {
    const world = engineWorld()
    await install(world)
    rmSync(inPackage(world, 'lib'), { recursive: true })
    // Same size, other bytes: only the hash can tell.
    writeFileSync(inCache(world, `${treeOf(world)}/tensorflow/libtensorflow_cc.so.2`), 'XX')
    world.selfTests = [{ code: null, signal: 'SIGSEGV' }, ...world.selfTests]
    expect((await install(world)).engine.gflops).toBe(100)
    expect(world.downloads()).toBe(2)
    expect(readFileSync(inPackage(world, 'deps/lib/libtensorflow_cc.so.2'), 'utf8')).toBe('cc')
  })

  it('leaves no engine that fails its self-test', async () => {
    const world = engineWorld()
    world.selfTests = [{ code: 1, output: 'Error: no such symbol' }]
    await expect(install(world)).rejects.toThrow(/failed its self-test \(Error: no such symbol\)/)
    expect(existsSync(inPackage(world, 'lib'))).toBe(false)
    expect(existsSync(inPackage(world, 'deps'))).toBe(false)
    expect(world.downloads()).toBe(1)
  })
})

describe('each failure is one sentence with the next step', () => {
  const failures: [string, (world: EngineWorld) => void, string, RegExp][] = [
    [
      'another system',
      ({ machine }) => (machine.platform = 'darwin'),
      'platform',
      /darwin x64.*WebAssembly/
    ],
    ['another processor', ({ machine }) => (machine.arch = 'arm64'), 'platform', /linux arm64/],
    [
      'another C library',
      ({ machine }) => (machine.glibc = () => undefined),
      'platform',
      /GNU C library/
    ],
    [
      'no compiler',
      ({ machine }) => machine.programs.delete('g++'),
      'compiler',
      /apt-get install g\+\+/
    ],
    [
      'no Python',
      ({ machine }) => machine.programs.delete('python3'),
      'python',
      /apt-get install python3/
    ],
    [
      'no pip',
      (world) => answerTo(world, 'pip --version', { code: 1 }),
      'pip',
      /apt-get install python3-pip/
    ],
    [
      'a pip too old',
      (world) => answerTo(world, 'pip --version', { stdout: 'pip 18.1 from x' }),
      'pip',
      /pip 18\.1 is too old/
    ],
    [
      'a full disk',
      ({ machine }) => (machine.free = 1500),
      'disk',
      /needs .* free in .*GROKSCOPE_CACHE/
    ],
    [
      'a compiler too old',
      (world) => answerTo(world, 'g++ -std', { code: 1, output: 'error: c++17' }),
      'compile',
      /C\+\+17/
    ],
    [
      'a processor without AVX',
      (world) => (world.selfTests = [{ code: null, signal: 'SIGILL' }]),
      'processor',
      /AVX/
    ],
    [
      'a Python without zlib',
      (world) => answerTo(world, 'unpack.py', { code: 1, output: 'zlib' }),
      'unpack',
      /zlib/
    ],
    [
      'a disk that fills up',
      (world) => answerTo(world, 'unpack.py', { code: 28 }),
      'disk',
      /filled up/
    ]
  ]
  it.each(failures)('%s', async (_name, arrange, code, sentence) => {
    const world = engineWorld()
    arrange(world)
    const failure = await install(world).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'SetupFailure', code })
    const { message } = failure as Error
    expect(message).toMatch(sentence)
    expect(message).toMatch(/npm run engine|WebAssembly/)
    expect(message).not.toContain('\n')
    expect(installedEngine(world.machine.root, world.pins)).toBeUndefined()
  })

  it('says what cannot be written', async () => {
    const world = engineWorld()
    writeFiles(world.machine.root, { taken: '' })
    world.machine.env['GROKSCOPE_CACHE'] = join(world.machine.root, 'taken', 'cache')
    await expect(install(world)).rejects.toThrow(/taken.* cannot be written: set GROKSCOPE_CACHE/)
  })
})

describe('after a failure', () => {
  const offline: Answer = {
    code: 1,
    output: "NewConnectionError: [Errno 111] Connection refused')"
  }

  it('does not try the network again for an hour, unless asked to', async () => {
    const world = engineWorld()
    world.troubles = [offline]
    await expect(install(world)).rejects.toThrow(/Connection refused/)
    expect(engineFailure(world.machine.root)?.code).toBe('network')
    await expect(install(world)).rejects.toThrow(/Connection refused/)
    expect(world.downloads()).toBe(1)
    expect((await install(world, { retry: true })).changed).toBe(true)
    expect(engineFailure(world.machine.root)).toBeUndefined()
  })

  it('tries again after an hour', async () => {
    const world = engineWorld()
    world.troubles = [offline]
    await expect(install(world)).rejects.toThrow()
    world.machine.time = new Date(world.machine.time.getTime() + 3_600_001)
    expect((await install(world)).changed).toBe(true)
  })

  it('looks at once whether what was missing has been installed', async () => {
    const world = engineWorld()
    world.machine.programs.delete('g++')
    await expect(install(world)).rejects.toThrow()
    world.machine.programs.add('g++')
    expect((await install(world)).changed).toBe(true)
  })
})

/** Makes one program answer otherwise, the others as before. */
function answerTo(world: EngineWorld, part: string, answer: Answer): void {
  const usual = world.machine.answer
  world.machine.answer = (line, args, options) =>
    line.includes(part) ? answer : usual(line, args, options)
}
