import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/main/cli/verbs'
import { recordedHost, runWords, type CommandResult } from '../../support/cli'
import { forkFake, temporaryFolder, tinyConfig, until } from '../../support/library'

interface Place {
  folder: string
  library: string
  file: string
  studies: string
}

function newPlace(steps = 20): Place {
  const folder = temporaryFolder()
  const studies = join(folder, 'study-presets')
  mkdirSync(studies)
  const study = {
    ...{ name: 'widths', title: 'Widths', base: tinyConfig(steps) },
    axes: [
      { kind: 'values', path: 'model.dModel', values: [8, 9, 16] },
      { kind: 'seeds', seeds: [1, 2] }
    ]
  }
  writeFileSync(join(studies, 'widths.json'), JSON.stringify(study))
  const file = join(folder, 'study.json')
  writeFileSync(file, JSON.stringify({ ...study, name: 'of-a-file' }))
  return { folder, library: join(folder, 'library'), file, studies }
}

const run = ({ folder, library, studies }: Place, ...words: string[]): Promise<CommandResult> => {
  const { paths } = recordedHost(folder)
  return runWords([...words, '--runs', library], folder, {
    startTrainer: forkFake(),
    paths: { ...paths, studies }
  })
}

test('a study is made from a preset or a file, run to its end, and its cells are listed', async () => {
  const place = newPlace()
  const made = await run(place, 'study', 'create', 'widths', '--set', 'budget.steps=15')
  expect(made.code).toBe(0)
  expect(made.stdout).toContain('6 cells; the event is generalisation on test_inferred_ood')
  expect(made.stdout).toMatch(/refused: dModel 9, seed 1: model\.dModel 9 .*nearest is 8$/m)
  expect(made.stdout).toContain('unknown until 200 steps')
  const [, id] = /Study (\S+) is stored/.exec(made.stdout)!
  expect((await run(place, 'study', 'create', place.file)).code).toBe(0)

  const ran = await run(place, 'study', 'run', 'widths', '--parallel', '2')
  expect(ran.code).toBe(0)
  expect(ran.stdout.trim().split('\n').sort()).toEqual(
    [
      ...[8, 16].flatMap((width) =>
        [1, 2].map((seed) => `dModel ${width}, seed ${seed}: finished at step 15`)
      )
    ].sort()
  )
  expect(ran.stderr).toContain('4 finished')

  const status = JSON.parse((await run(place, 'study', 'status', id!, '--json')).stdout)
  expect(status.counts).toEqual({ refused: 2, finished: 4 })
  expect(status.cells[0]).toMatchObject({ state: 'finished', step: 15, labels: { seed: '1' } })
  const table = (await run(place, 'study', 'status', 'widths')).stdout
  expect(table).toMatch(/^dModel 16, seed 2 +finished/m)
  expect(table).toContain('Nothing is left to train.')
  expect((await run(place, 'study', 'status')).stdout).toMatch(/of-a-file-\S+ +Widths +6/)
})

test('--dry stores nothing, and a slip makes no library', async () => {
  const place = newPlace()
  const dry = JSON.parse((await run(place, 'study', 'create', 'widths', '--dry', '--json')).stdout)
  expect(dry).toMatchObject({ id: null, cells: 6, forecast: { cells: 4 } })
  expect(JSON.parse((await run(place, 'study', 'status', '--json')).stdout)).toEqual([])
  const slip = await run(place, 'study', 'create', 'width')
  expect([slip.code, slip.stderr]).toEqual([2, expect.stringContaining('Did you mean widths?')])
  const action = await run(place, 'study', 'stauts')
  expect([action.code, action.stderr]).toEqual([2, expect.stringContaining('study status?')])
  const number = await run(place, 'study', 'run', 'widths', '--parallel', 'all')
  expect([number.code, number.stderr]).toEqual([2, expect.stringContaining('from 1 to 64')])
})

test('Ctrl-C leaves the rest for the next time', async () => {
  const place = newPlace(150)
  await run(place, 'study', 'create', 'widths')
  const { paths } = recordedHost(place.folder)
  const host = recordedHost(place.folder, {
    startTrainer: forkFake('train', 3),
    paths: { ...paths, studies: place.studies }
  })
  const running = runCommandLine(['study', 'run', 'widths', '--runs', place.library], host)
  await until(() => host.stdout().includes('finished'))
  host.interrupt()
  expect(await running).toBe(130)
  expect((await run(place, 'study', 'run', 'widths')).code).toBe(0)
  const { stdout } = await run(place, 'study', 'status', 'widths', '--json')
  expect(JSON.parse(stdout).counts).toEqual({ refused: 2, finished: 4 })
})

test('stats names the groups, says what cannot be said, and refuses an unknown axis', async () => {
  const place = newPlace()
  await run(place, 'study', 'create', 'widths')
  await run(place, 'study', 'run', 'widths')
  const { code, stdout } = await run(place, 'stats', 'widths')
  expect(code).toBe(0)
  expect(stdout).toContain('Generalisation on test_inferred_ood, by dModel')
  expect(stdout).toContain('Nothing to test: fewer than two groups')
  const axis = await run(place, 'stats', 'widths', '--by', 'depth')
  expect([axis.code, axis.stderr]).toEqual([2, expect.stringContaining('axes are dModel, seed')])
  expect((await run(place, 'stats', 'nothing')).code).toBe(2)
})

test("a study's claims are judged in stats and status", async () => {
  const place = newPlace()
  const study = JSON.parse(readFileSync(place.file, 'utf8')) as Record<string, unknown>
  const sentence = 'Width 16 generalises earlier than 8.'
  const claims = [{ sentence, axis: 'dModel', first: '8', second: '16', direction: 'earlier' }]
  writeFileSync(place.file, JSON.stringify({ ...study, claims }))
  await run(place, 'study', 'create', place.file)
  await run(place, 'study', 'run', 'of-a-file', '--cell', 'dModel 8, seed 1')
  const verdict = 'Not decided: 0 and 0 runs are too few for alpha 0.05; 4 and 4 can be enough'
  const { stdout } = await run(place, 'stats', 'of-a-file')
  expect(stdout).toContain(
    `  ${sentence}\n    ${verdict}; provisional, 3 of 4 cells are unfinished.`
  )
  expect(stdout).toContain('    8: 0 runs, 0 generalised; 16: 0 runs, 0 generalised')
  expect((await run(place, 'study', 'status', 'of-a-file')).stdout).toContain(
    `${sentence} ${verdict}`
  )
  for (const words of [['stats'], ['study', 'status']]) {
    const whole = JSON.parse((await run(place, ...words, 'of-a-file', '--json')).stdout)
    expect(whole.claims).toMatchObject([
      { claim: { sentence }, verdict: 'undecided', reason: 'few-runs', provisional: true }
    ])
  }
})
