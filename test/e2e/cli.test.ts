import fs from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunRow } from '@shared/contract'
import type { TrainerEvent } from '@shared/events'
import { trainable } from '../support/engines'
import { grokscope, jsonLines, newLibrary, root, start } from '../support/grokscope'

type ListedRun = RunRow & { folder: string }

let library: string
beforeAll(() => {
  library = newLibrary()
})

const listRuns = async (): Promise<ListedRun[]> =>
  JSON.parse((await grokscope('runs', '--json', '--runs', library)).stdout) as ListedRun[]

/** A comparison-mini that is done in seconds, with the task and the model left as they are. */
const short = ['--set', 'budget.steps=320', '--set', 'checkpoints.every=100']

describe('grokscope train comparison-mini', () => {
  const { name, skip } = trainable[0]!

  it.skipIf(skip)(
    `learns on the native engine; event lines, folder and database agree${skip ? ` (${skip})` : ''}`,
    async () => {
      const said = await grokscope(
        ...['train', 'comparison-mini', '--runs', library, '--engine', name, '--json', ...short]
      )
      expect(said.code).toBe(0)
      // Beside the result, standard error names the run and nothing else.
      expect(jsonLines<object>(said.stderr).map(Object.keys)).toEqual([['run']])

      const printed = jsonLines<TrainerEvent>(said.stdout)
      const [run] = await listRuns()
      const written = jsonLines<TrainerEvent>(
        fs.readFileSync(path.join(run!.folder, 'events.jsonl'), 'utf8')
      )
      expect(printed).toEqual(written)
      expect(written[0]).toMatchObject({ type: 'started', engine: { name: 'native' } })
      expect(written.at(-1)).toMatchObject({ type: 'ended', outcome: 'finished', step: 320 })
      expect(run).toMatchObject({ state: 'finished', step: 320, steps: 320 })

      const values = (metric: string): [number, number][] =>
        written.flatMap((e) =>
          e.type === 'metrics' && metric in e.values ? [[e.step, e.values[metric]!]] : []
        )
      const losses = values('batchLoss')
      expect(losses.at(-1)![1]).toBeLessThan(0.5 * losses[0]![1])
      // Untrained it is at 0; with the right labels but no values learned it would stay near .40.
      const accuracy = values('accuracy/train_inferred')
      expect(accuracy[0]![1]).toBeLessThan(0.1)
      expect(accuracy.at(-1)![1]).toBeGreaterThan(0.7)

      const database = new Database(path.join(library, 'history.sqlite'), { readonly: true })
      for (const metric of ['batchLoss', 'accuracy/train_inferred', 'weightNorm']) {
        const rows = database
          .prepare('SELECT step, value FROM metrics WHERE run = ? AND name = ? ORDER BY step')
          .raw()
          .all(run!.id, metric)
        expect(rows).toEqual(values(metric))
      }
      database.close()
      for (const event of written) {
        if (event.type !== 'checkpoint') continue
        const folder = path.join(run!.folder, 'checkpoints', event.name)
        expect(fs.readdirSync(folder).sort()).toEqual([
          'config.json',
          'manifest.json',
          'model.safetensors',
          'optimizer.safetensors'
        ])
      }
    }
  )

  it('cut off with Ctrl-C keeps the run, and resume finishes it', async () => {
    const mine = newLibrary()
    const tiny = ['--set', 'budget.steps=2000', '--set', 'model.dModel=16', '--engine', 'wasm']
    const { child, said } = start(['train', 'comparison-mini', '--runs', mine, '--json', ...tiny])
    await new Promise<void>((resolve) => {
      child.stdout!.on('data', (chunk: Buffer) => {
        if (chunk.includes('"step":20,')) resolve()
      })
    })
    child.kill('SIGINT')
    expect((await said).code).toBe(130)

    const list = async (): Promise<ListedRun> =>
      (JSON.parse((await grokscope('runs', '--json', '--runs', mine)).stdout) as ListedRun[])[0]!
    const cut = await list()
    expect(cut.state).toBe('interrupted')
    expect(cut.step).toBeGreaterThanOrEqual(20)
    expect(cut.step).toBeLessThan(2000)

    // The whole rest would take a while: what matters is that it goes on where it was.
    const again = start(['resume', cut.id, '--runs', mine, '--json'])
    await new Promise<void>((resolve) => {
      let seen = ''
      again.child.stdout!.on('data', (chunk: Buffer) => {
        seen += chunk.toString()
        if (seen.includes(`"resumedFrom":${cut.step}`) && seen.includes('"type":"metrics"'))
          resolve()
      })
    })
    again.child.kill('SIGINT')
    expect((await again.said).code).toBe(130)
    expect((await list()).step).toBeGreaterThanOrEqual(cut.step)
  })
})

describe('what a stranger meets', () => {
  it('prints its version and lists its verbs', async () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    expect((await grokscope('--version')).stdout.trim()).toBe(version)
    const help = await grokscope('--help')
    for (const verb of ['doctor', 'data', 'train', 'resume', 'runs', 'show', 'serve']) {
      expect(help.stdout).toContain(verb)
      expect((await grokscope(verb, '--help')).stdout).toContain('--runs DIR')
    }
  })

  it('refuses an unknown setting and an impossible one, with the way out, and writes nothing', async () => {
    const empty = path.join(newLibrary(), 'not-there')
    const unknown = await grokscope(
      ...['train', 'comparison-mini', '--runs', empty, '--set', 'model.nLayers=2']
    )
    expect(unknown.code).toBe(2)
    expect(unknown.stdout).toBe('')
    expect(unknown.stderr).toContain('model.nLayers')
    expect(unknown.stderr).toContain('model.nLayer')

    const impossible = await grokscope(
      ...['train', 'comparison-mini', '--runs', empty],
      ...['--set', 'dataset.entities=20', '--set', 'dataset.phi=40']
    )
    expect(impossible.code).toBe(2)
    expect(impossible.stderr).toMatch(/dataset\.phi: 40 .*the nearest is 14\.3/)
    expect(fs.existsSync(path.join(empty, 'runs'))).toBe(false)

    expect((await grokscope('trian')).stderr).toContain('train')
    expect((await grokscope('show', 'no-such-run', '--runs', library)).code).toBe(2)
  })

  it('describes a data set: counts, hash, vocabulary, no leak', async () => {
    const said = await grokscope('data', 'comparison-base', '--json')
    expect(said.code).toBe(0)
    const data = JSON.parse(said.stdout) as {
      hash: string
      vocabularySize: number
      trainExamples: number
      leaks: { violations: number }[]
    }
    expect(data.vocabularySize).toBe(1107)
    expect(data.trainExamples).toBe(246_800)
    expect(data.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(data.leaks.map((leak) => leak.violations)).toEqual(data.leaks.map(() => 0))
  })

  it('knows its machine', async () => {
    const doctor = JSON.parse((await grokscope('doctor', '--json')).stdout) as {
      verdict: string
      engines: { name: string; ok: boolean; gflops?: number }[]
    }
    expect(doctor.verdict).not.toBe('')
    const wasm = doctor.engines.find((engine) => engine.name === 'wasm')!
    expect(wasm.ok).toBe(true)
    expect(wasm.gflops).toBeGreaterThan(0)
  })
})

describe('grokscope import', () => {
  it('makes a finished run of a checkpoint that came from one, without being told its data', async () => {
    const mine = newLibrary()
    const tiny = ['--set', 'budget.steps=30', '--set', 'model.dModel=16', '--engine', 'wasm']
    const trained = await grokscope('train', 'comparison-mini', '--runs', mine, ...tiny)
    expect(trained.code).toBe(0)
    const list = async (): Promise<ListedRun[]> =>
      JSON.parse((await grokscope('runs', '--json', '--runs', mine)).stdout) as ListedRun[]
    const [original] = await list()
    const folder = path.join(original!.folder, 'checkpoints', 'step-000000030')

    const said = await grokscope('import', folder, '--runs', mine, '--engine', 'wasm')
    expect(said.code).toBe(0)
    const [imported] = await list()
    expect(imported).toMatchObject({
      ...{ name: 'imported step-000000030', state: 'finished', step: 30, steps: 30 },
      ...{ checkpoints: 1, lastCheckpoint: 30, datasetHash: original!.datasetHash },
      origin: { kind: 'transformers', source: folder, notes: [] }
    })
    expect(original!.origin).toBeNull()
    const accuracies = (run: ListedRun): [string, unknown][] =>
      Object.entries(run.last).filter(([metric]) => metric.startsWith('accuracy/'))
    expect(accuracies(imported!).length).toBe(5)
    expect(accuracies(imported!)).toEqual(accuracies(original!))
    const shown = await grokscope('show', imported!.id, '--runs', mine)
    expect(shown.stdout).toContain(`origin      weights from ${folder}`)
  })

  it('refuses what it cannot open and leaves nothing behind', async () => {
    const mine = path.join(newLibrary(), 'new')
    const said = await grokscope('import', root, '--runs', mine, '--config', 'comparison-mini')
    expect(said.code).toBe(2)
    expect(said.stderr).toMatch(/config\.json cannot be read/)
    expect(fs.existsSync(mine)).toBe(false)
  })
})

describe('TensorBoard', () => {
  it("has a run's curves while it trains, and gives them back as a run without checkpoints", async () => {
    const mine = newLibrary()
    const board = path.join(mine, 'board')
    const tiny = ['--set', 'budget.steps=30', '--set', 'model.dModel=16', '--engine', 'wasm']
    const said = await grokscope(
      ...['train', 'comparison-mini', '--runs', mine, '--tensorboard', board, ...tiny]
    )
    expect(said.code).toBe(0)
    const list = async (): Promise<ListedRun[]> =>
      JSON.parse((await grokscope('runs', '--json', '--runs', mine)).stdout) as ListedRun[]
    const [trained] = await list()
    expect(fs.readdirSync(board)).toEqual([trained!.id])

    const folder = path.join(board, trained!.id)
    const config = ['--config', 'comparison-mini', '--name', 'from a board']
    const refused = await grokscope('import', folder, '--runs', mine)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('name them with --config')
    const mapped = ['--map', 'batchLoss=their loss']
    const imported = await grokscope('import', folder, '--runs', mine, ...config, ...mapped)
    expect(imported.stderr).toBe('')
    expect(imported.code).toBe(0)
    const run = (await list()).find(({ name }) => name === 'from a board')!
    expect(run).toMatchObject({
      ...{ state: 'finished', step: 30, steps: 30, checkpoints: 0, engine: null },
      origin: { kind: 'tensorboard', source: folder, notes: [] }
    })
    const { batchLoss, ...rest } = trained!.last
    expect(Object.keys(run.last).sort()).toEqual([...Object.keys(rest), 'their loss'].sort())
    expect(run.last['their loss']).toBeCloseTo(batchLoss!, 5)
    for (const [metric, value] of Object.entries(rest)) {
      expect(run.last[metric]).toBe(value === null ? null : Math.fround(value))
    }
  })
})
