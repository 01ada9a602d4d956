/** Runs of a study that go on by its rule, trained by a process, and rules that are tried without one. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StudyInput } from '@shared/study'
import { expect, it } from 'vitest'
import { runWords } from '../../support/cli'
import {
  forkFake,
  openServer,
  recordedEvents,
  temporaryFolder,
  tinyConfig
} from '../../support/library'
import { writeStudyLibrary } from '../../support/study-library'

const study = (extend?: StudyInput['extend']) => ({
  ...{ name: 'rising', title: 'Rising', base: tinyConfig(30) as Record<string, unknown> },
  axes: [{ kind: 'seeds' as const, seeds: [1, 2] }],
  ...(extend && { extend })
})

it('a run that still moves is trained on, as far as its rule says, in one record', async () => {
  const library = temporaryFolder()
  const { server, request } = await openServer(library, { startTrainer: forkFake('rising') })
  const made = study({ cap: 200, by: 2, window: 0.5 })
  const { id } = await request['studies.create']({ study: made })
  expect((await request['studies.plan']({ id })).forecast.steps).toEqual([60, 400])
  await request['studies.run']({ id })
  await server.idle()
  for (const run of await request['runs.list']({})) {
    // 30 and 60 are too soon for an accuracy of 0.95, which is there at 95.
    expect(run).toMatchObject({ state: 'finished', step: 120, steps: 120 })
    const events = recordedEvents(library, run.id)
    const starts = events.filter(({ type }) => type === 'started')
    expect(starts).toMatchObject([
      { steps: 30 },
      { steps: 60, resumedFrom: 30 },
      { steps: 120, resumedFrom: 60 }
    ])
    expect(events.filter(({ type }) => type === 'metrics')).toHaveLength(120)
    const file = join(library, 'runs', run.id, 'extension.json')
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      ...{ version: 1, steps: 120, why: expect.stringContaining('accuracy moved by 0.3') }
    })
  }
  const plan = await request['studies.plan']({ id })
  expect([plan.due, plan.forecast.cells]).toEqual([[], 0])
})

it('a rule that a study is given later extends what has finished, when the study is trained', async () => {
  const library = temporaryFolder()
  const { server, request } = await openServer(library, { startTrainer: forkFake('rising') })
  const { id } = await request['studies.create']({ study: study() })
  await request['studies.run']({ id })
  await server.idle()
  const [run] = await request['runs.list']({})
  expect(existsSync(join(library, 'runs', run!.id, 'extension.json'))).toBe(false)

  await request['studies.update']({ id, study: study({ cap: 45, window: 0.5 }) })
  const plan = await request['studies.plan']({ id })
  expect(plan.due).toEqual(['seed 1', 'seed 2'])
  expect(plan.forecast).toMatchObject({ cells: 2, steps: [30, 30] })
  expect((await request['runs.list']({})).map(({ state }) => state)).toEqual(
    Array(2).fill('finished')
  )
  expect(await request['studies.run']({ id, cells: ['seed 2'] })).toEqual({ queued: 1 })
  await server.idle()
  const steps = (await request['runs.list']({})).map(({ config, step }) => [config['seed'], step])
  expect(steps.sort()).toEqual([
    [1, 30],
    [2, 45]
  ])
})

it('a budget that a rule cannot extend is refused, with the nearest', async () => {
  const { request } = await openServer(temporaryFolder())
  const cells = async (extend: StudyInput['extend'], set: object = {}) =>
    (await request['studies.plan']({ study: { ...study(extend), set } })).cells
  expect((await cells({ cap: 20 }))[0]!.issues).toMatchObject([{ path: 'extend.cap', nearest: 30 }])
  const falling = await cells(
    { cap: 60 },
    { 'optimizer.schedule': 'cosine', 'optimizer.warmup': 0 }
  )
  expect(falling[0]!.issues).toMatchObject([{ path: 'optimizer.schedule', nearest: 'constant' }])
  await expect(cells({ cap: 60, window: 2 })).rejects.toMatchObject({ code: 'study.invalid' })
})

it('a rule is tried on stored runs: which it would have stopped too early, and what it would save', async () => {
  const library = temporaryFolder()
  const steps = Array.from({ length: 81 }, (_, i) => 100 * i)
  // Seed 1 rises steadily, 2 waits and jumps, 3 never moves.
  const accuracy: Record<number, (step: number) => number> = {
    1: (step) => Math.min(1, step / 3000),
    2: (step) => (step >= 5000 ? 1 : 0.3),
    3: () => 0.3
  }
  const { id, runs } = writeStudyLibrary(
    library,
    {
      ...study(),
      base: tinyConfig(8000) as Record<string, unknown>,
      axes: [{ kind: 'seeds', seeds: [1, 2, 3] }]
    },
    ({ config }) => ({
      steps,
      values: (step) => ({
        'accuracy/train_inferred': 1,
        'accuracy/test_inferred_ood': accuracy[config.seed]!(step),
        weightNorm: 50
      })
    })
  )
  const words = [
    'study',
    'try',
    'rising',
    '--set',
    'cap=8000',
    '--start',
    '1000',
    '--runs',
    library
  ]
  const { code, stdout, stderr } = await runWords(words, library)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  // By hand: 3,375 (1,000, 1,500, 2,250, 3,375), 1,000 and 1,000 of 8,000 each.
  expect(stdout).toContain(
    `It would have stopped 1 of 3 too early: seed 2 (${runs['seed 2']}). It would have saved 18,625 of 24,000 steps (78 %).`
  )
  const json = JSON.parse((await runWords([...words, '--json'], library)).stdout)
  expect(json.rule).toMatchObject({ cap: 8000, by: 1.5 })
  expect(json.runs.find((run: { id: string }) => run.id === runs['seed 1'])).toMatchObject({
    ...{ steps: 3375, tooEarly: false }
  })
  // Nothing was changed by trying.
  const { request } = await openServer(library, { startTrainer: null, takes: 'own' })
  expect((await request['runs.list']({})).map(({ state }) => state)).toEqual(
    Array(3).fill('finished')
  )
  expect((await request['studies.list']({}))[0]).toMatchObject({ id, counts: { finished: 3 } })

  const slip = await runWords(
    [...words.slice(0, 3), '--set', 'window=7', '--runs', library],
    library
  )
  expect([slip.code, slip.stderr]).toEqual([
    2,
    expect.stringContaining('The rule is refused: window')
  ])
})
