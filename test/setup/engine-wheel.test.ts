import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readPins, tensorflowWheel, type Wheel } from '../../src/setup/engine-pins.mjs'
import { downloadArguments, fetchWheel, findPip } from '../../src/setup/engine-wheel.mjs'
import { engineWorld, type EngineWorld } from './engine-world'
import { newFolder, removeFolders } from './fake-machine'

afterEach(removeFolders)

const cpuWheel = ({ pins }: EngineWorld): Wheel => tensorflowWheel(pins, 'cpu')

describe('fetching a wheel', () => {
  it('takes a whole file that is already there, whatever happened after its download', async () => {
    const world = engineWorld()
    const wheel = cpuWheel(world)
    const folder = newFolder()
    writeFileSync(join(folder, wheel.file), world.index.get(wheel.file) ?? '')
    expect(await fetchWheel(world.machine, world.pins, wheel, folder)).toBe(
      join(folder, wheel.file)
    )
    expect(world.machine.ran).toEqual([])
  })

  it('fetches a file again that is there in part', async () => {
    const world = engineWorld()
    const wheel = cpuWheel(world)
    const folder = newFolder()
    writeFileSync(join(folder, wheel.file), 'the first bytes')
    await fetchWheel(world.machine, world.pins, wheel, folder)
    expect(world.downloads()).toBe(1)
  })

  it('goes on after a download that broke off, three times at most', async () => {
    const world = engineWorld()
    const broken = { code: 2, output: 'IncompleteRead(1000 bytes read, 5000 more expected)' }
    world.troubles = [broken, broken]
    await fetchWheel(world.machine, world.pins, cpuWheel(world), newFolder())
    expect(world.downloads()).toBe(3)

    const hopeless = engineWorld()
    hopeless.troubles = [broken, broken, broken, broken]
    const attempt = fetchWheel(hopeless.machine, hopeless.pins, cpuWheel(hopeless), newFolder())
    await expect(attempt).rejects.toMatchObject({ code: 'network' })
    expect(hopeless.downloads()).toBe(3)
  })

  it('deletes a file with a wrong hash and fetches it once more', async () => {
    const world = engineWorld()
    const wheel = cpuWheel(world)
    const good = world.index.get(wheel.file) ?? Buffer.alloc(0)
    world.index.set(wheel.file, Buffer.from('damaged'))
    const folder = newFolder()
    const usual = world.machine.answer
    world.machine.answer = (line, args, options) => {
      const answer = usual(line, args, options)
      if (line.includes(' download ')) world.index.set(wheel.file, good)
      return answer
    }
    expect(await fetchWheel(world.machine, world.pins, wheel, folder)).toBe(
      join(folder, wheel.file)
    )
    expect(world.downloads()).toBe(2)
  })

  it('gives up after a second wrong hash and leaves nothing behind', async () => {
    const world = engineWorld()
    const wheel = cpuWheel(world)
    world.index.set(wheel.file, Buffer.from('another build'))
    const folder = newFolder()
    const attempt = fetchWheel(world.machine, world.pins, wheel, folder)
    await expect(attempt).rejects.toMatchObject({ code: 'hash' })
    await expect(attempt).rejects.toThrow(/wrong hash.*pip config list.*npm run engine/)
    expect(world.downloads()).toBe(2)
    expect(existsSync(join(folder, wheel.file))).toBe(false)
  })

  const outputs: [string, string, string, RegExp][] = [
    [
      'no network',
      "WARNING: Retrying after connection broken by 'NewConnectionError(x: Failed to establish a new connection: [Errno -2] Name or service not known')': /simple/\nERROR: No matching distribution found for x",
      'network',
      /Name or service not known/
    ],
    [
      'an index without it',
      'ERROR: No matching distribution found for x',
      'index',
      /does not offer/
    ],
    ['a full disk', 'ERROR: [Errno 28] No space left on device', 'disk', /filled up/]
  ]
  it.each(outputs)('tells %s from pip', async (_name, output, code, sentence) => {
    const world = engineWorld()
    world.troubles = [{ code: 1, output }]
    const attempt = fetchWheel(world.machine, world.pins, cpuWheel(world), newFolder())
    await expect(attempt).rejects.toMatchObject({ code })
    await expect(attempt).rejects.toThrow(sentence)
  })
})

describe('asking pip', () => {
  it('asks for the platform of the file and a Python that the user need not have', () => {
    const { pins } = engineWorld()
    const wheel = pins.kinds.cuda.wheels[1]
    const pip = { command: 'pip', args: [], version: [20, 3] as [number, number] }
    const args = downloadArguments(pins, wheel as Wheel, '/cache', pip).join(' ')
    expect(args).toContain('--python-version 311 --implementation cp --abi cp311')
    expect(args).toContain('--platform manylinux2014_x86_64 --platform manylinux_2_17_x86_64')
    expect(args).toContain('nvidia-cublas==2.21.0')
    expect(args).not.toContain('resume')
    expect(args).not.toContain('://')
    const newer = downloadArguments(pins, wheel as Wheel, '/cache', { ...pip, version: [25, 1] })
    expect(newer).toContain('--resume-retries=5')
  })

  it('uses a pip beside a Python that has none of its own', async () => {
    const { machine } = engineWorld()
    machine.programs.add('pip3')
    machine.answer = (line) =>
      line.startsWith('pip3')
        ? { stdout: 'pip 24.0 from x' }
        : { code: 1, output: 'No module named pip' }
    expect(await findPip(machine)).toEqual({ command: 'pip3', args: [], version: [24, 0] })
  })
})

describe('the pinned wheels', () => {
  it('name file, hash and size of each, and no address', () => {
    const pins = readPins()
    expect(JSON.stringify(pins)).not.toContain('://')
    for (const { wheels } of Object.values(pins.kinds)) {
      for (const wheel of wheels) {
        expect(wheel.sha256).toMatch(/^[0-9a-f]{64}$/)
        expect(wheel.file).toContain(`${wheel.project.replaceAll('-', '_')}-${wheel.version}-`)
        expect(wheel.file).toContain('x86_64')
        expect(wheel.bytes).toBeGreaterThan(100_000)
        expect(wheel.unpackedBytes).toBeGreaterThan(100_000)
      }
    }
    expect(tensorflowWheel(pins, 'cpu').project).toBe('tensorflow-cpu')
    expect(tensorflowWheel(pins, 'cuda').version).toBe(pins.tensorflow)
    expect(pins.kinds.cuda.wheels).toHaveLength(13)
  })
})
