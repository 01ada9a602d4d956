import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TrainerEvent } from '@shared/events'
import { runCommandLine } from '../../../src/main/cli/verbs'
import { fakeLoss } from '../../support/fake-trainer.mjs'
import { recordedHost, runWords, type CommandResult } from '../../support/cli'
import { forkFake, recordedEvents, temporaryFolder, tinyConfig, until } from '../../support/library'

interface Listed {
  id: string
  name: string
  state: string
  step: number
  steps: number
  last: Record<string, number>
  folder: string
  createdAt: number
}

/** A library folder and a config file beside it. */
function newPlace(steps: number): { library: string; config: string } {
  const folder = temporaryFolder()
  const config = join(folder, 'config.json')
  writeFileSync(config, JSON.stringify(tinyConfig(steps, 5)))
  return { library: join(folder, 'library'), config }
}

const run = (words: string[], startTrainer = forkFake()): Promise<CommandResult> =>
  runWords(words, '/nowhere', { startTrainer })

async function list(library: string, ...words: string[]): Promise<Listed[]> {
  const { stdout } = await run(['runs', '--json', '--runs', library, ...words])
  return JSON.parse(stdout) as Listed[]
}

const eventsOf = (stdout: string): TrainerEvent[] =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => TrainerEvent.parse(JSON.parse(line)))

describe('train', () => {
  test('trains to the end and says where the run is', async () => {
    const { library, config } = newPlace(30)
    const { code, stdout, stderr } = await run([
      'train',
      config,
      '--runs',
      library,
      '--name',
      'my run'
    ])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Run \S+ finished at step 30 of 30 after/)
    const [row, ...others] = await list(library)
    expect(others).toEqual([])
    expect(row).toMatchObject({ name: 'my run', state: 'finished', step: 30, steps: 30 })
    expect(row!.last).toEqual({ batchLoss: fakeLoss(5, 30) })
    expect(row!.folder).toBe(join(library, 'runs', row!.id))
    expect(stderr).toContain(`Run ${row!.id} in ${row!.folder}`)
    const file = JSON.parse(readFileSync(join(row!.folder, 'config.json'), 'utf8'))
    expect(file).toMatchObject({ id: row!.id, createdAt: row!.createdAt, engine: 'auto' })
  })

  test('with --json prints each recorded event once, in order, and nothing else', async () => {
    const { library, config } = newPlace(40)
    const { code, stdout, stderr } = await run(['train', config, '--runs', library, '--json'])
    expect(code).toBe(0)
    const { run: said } = JSON.parse(stderr) as { run: { id: string; folder: string } }
    expect(eventsOf(stdout)).toEqual(recordedEvents(library, said.id))
    expect(said.folder).toBe(join(library, 'runs', said.id))
  })

  test('records preset, settings and engine that were asked for', async () => {
    const { library } = newPlace(1)
    const words = [
      'train',
      'comparison-mini',
      '--set',
      'budget.steps=3',
      '--engine',
      'wasm',
      '--runs',
      library
    ]
    expect((await run(words)).code).toBe(0)
    const [row] = await list(library)
    expect(row).toMatchObject({
      name: 'comparison-mini',
      preset: 'comparison-mini',
      config: { budget: { steps: 3 } }
    })
    expect(JSON.parse(readFileSync(join(row!.folder, 'config.json'), 'utf8')).engine).toBe('wasm')
  })

  test('a trainer that dies gives exit code 1, its last words and the next step', async () => {
    const { library, config } = newPlace(100)
    const { code, stdout, stderr } = await run(
      ['train', config, '--runs', library],
      forkFake('silent')
    )
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^grokscope: Run \S+ was interrupted at step 25 of 100\.$/m)
    expect(stderr).toContain('out of memory, for example')
    expect(stderr).toMatch(/Continue with: grokscope resume \S+/)
  })

  test('with --json that failure is a line of JSON', async () => {
    const { library, config } = newPlace(100)
    const { code, stderr } = await run(
      ['train', config, '--runs', library, '--json'],
      forkFake('silent')
    )
    expect(code).toBe(1)
    const failure = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .at(-1)
    expect(failure.error).toMatchObject({
      code: 'run.interrupted',
      detail: expect.stringContaining('out of memory')
    })
  })

  test('a refused config makes no library', async () => {
    const { library, config } = newPlace(10)
    const { code } = await run(['train', config, '--runs', library, '--set', 'seed=-1'])
    expect(code).toBe(2)
    expect((await run(['runs', '--runs', library])).code).toBe(2)
  })
})

describe('Ctrl-C', () => {
  test('leaves a checkpointed run, exit code 130; resume goes on from there', async () => {
    const { library, config } = newPlace(400)
    const host = recordedHost('/nowhere', { startTrainer: forkFake('train', 2) })
    const training = runCommandLine(['train', config, '--runs', library, '--json'], host)
    await until(() => host.stdout().includes('"step":20'))
    host.interrupt()
    expect(await training).toBe(130)
    const before = eventsOf(host.stdout())
    expect(before.at(-1)).toMatchObject({ type: 'ended', outcome: 'interrupted' })
    expect(before.at(-2)).toMatchObject({ type: 'checkpoint', step: before.at(-1)!.step })
    const [row] = await list(library)
    expect(row).toMatchObject({ state: 'interrupted', step: before.at(-1)!.step })

    const { code, stdout } = await run([
      'resume',
      row!.id.slice(0, 17),
      '--runs',
      library,
      '--json'
    ])
    expect(code).toBe(0)
    const after = eventsOf(stdout)
    expect(after[0]).toMatchObject({
      type: 'started',
      seq: before.at(-1)!.seq + 1,
      resumedFrom: row!.step
    })
    expect(after.at(-1)).toMatchObject({ type: 'ended', outcome: 'finished', step: 400 })
    expect([...before, ...after]).toEqual(recordedEvents(library, row!.id))
  })

  test('twice ends a trainer that does not listen', async () => {
    const { library, config } = newPlace(100_000)
    const host = recordedHost('/nowhere', { startTrainer: forkFake('deaf') })
    const training = runCommandLine(['train', config, '--runs', library], host)
    const [id] = await until(() => /(?<=^Run )\S+/m.exec(host.stderr()))
    await until(() => recordedEventsSoFar(library, id) > 3)
    host.interrupt()
    await until(() => host.stderr().includes('Ctrl-C again'))
    host.interrupt()
    expect(await training).toBe(130)
    expect((await list(library))[0]!.state).toBe('interrupted')
  })
})

function recordedEventsSoFar(library: string, id: string): number {
  try {
    return recordedEvents(library, id).length
  } catch {
    return 0 // the trainer has not begun to write
  }
}

describe('resume', () => {
  test('refuses a finished run and an unknown one', async () => {
    const { library, config } = newPlace(5)
    await run(['train', config, '--runs', library, '--name', 'done'])
    const { code, stderr } = await run(['resume', 'done', '--runs', library])
    expect([code, stderr]).toEqual([2, expect.stringMatching(/"done" has finished its 5 steps/)])
    expect((await run(['resume', 'nobody', '--runs', library])).stderr).toContain('no run "nobody"')
  })
})

describe('runs and show', () => {
  test('list the newest first, as a table and as JSON', async () => {
    const { library, config } = newPlace(5)
    await run(['train', config, '--runs', library, '--name', 'older'])
    await run(['train', config, '--runs', library, '--name', 'newer'])
    expect((await list(library)).map((row) => row.name)).toEqual(['newer', 'older'])
    const { stdout } = await run(['runs', '--runs', library])
    expect(stdout).toMatch(/^ID .*NAME .*STATE .*STEP .*\n.*newer .*finished .*5 .*\n.*older /)
  })

  test('leave out what is in the trash, unless asked for --all', async () => {
    const { library, config } = newPlace(5)
    await run(['train', config, '--runs', library])
    const [row] = await list(library)
    const { openServer } = await import('../../support/library')
    const { request, server } = await openServer(library, { startTrainer: null })
    await request['runs.trash']({ id: row!.id })
    await server.close('Done.')
    expect(await list(library)).toEqual([])
    const [trashed] = await list(library, '--all')
    expect(trashed!.folder).toBe(join(library, 'trash', row!.id))
  })

  test('show gives config, values and curves', async () => {
    const { library, config } = newPlace(50)
    await run(['train', config, '--runs', library, '--name', 'shown', '--set', 'model.nLayer=2'])
    const { code, stdout } = await run(['show', 'shown', '--runs', library, '--json'])
    expect(code).toBe(0)
    const said = JSON.parse(stdout)
    expect(said).toMatchObject({
      name: 'shown',
      state: 'finished',
      config: { model: { nLayer: 2 } }
    })
    const points = Array.from({ length: 50 }, (_, i) => [i + 1, fakeLoss(5, i + 1)])
    expect(said.curves).toEqual({ batchLoss: { points, total: 50 } })
    const text = (await run(['show', 'shown', '--runs', library])).stdout
    expect(text).toMatch(/^shown\n/)
    expect(text).toMatch(/^ {2}batchLoss +0\.1\d\d {2}[▁▂▃▄▅▆▇█]{40}$/m)
    expect(text).toMatch(/^ {2}model\.nLayer=2$/m)
    expect(text).not.toMatch(/optimizer\.lr=/)
  })

  test('take in runs that were put into the library by hand', async () => {
    const { library, config } = newPlace(20)
    await run(['train', config, '--runs', library, '--name', 'moved'])
    const [row] = await list(library)
    const other = join(temporaryFolder(), 'other')
    mkdirSync(join(other, 'runs'), { recursive: true })
    const { cpSync } = await import('node:fs')
    cpSync(row!.folder, join(other, 'runs', row!.id), { recursive: true })
    const [copied] = await list(other)
    expect(copied).toMatchObject({ id: row!.id, name: 'moved', state: 'finished', last: row!.last })
  })
})
