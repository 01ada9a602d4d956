/** Commands that bring something into the library or out of it, killed at any moment. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { listBackups } from '../store/backups'
import { openTensorBoard } from '../tensorboard/writer'
import { command, openRound, type Bench, type Scenario } from './scenario'
import { tinyRun } from './tiny-runs'

/** A library with one small run that has finished. */
async function smallLibrary(
  bench: Bench
): Promise<{ library: string; config: string; run: string }> {
  const library = join(bench.scratch, 'library')
  const config = join(bench.scratch, 'config.json')
  writeFileSync(config, JSON.stringify(tinyRun(30, 3)))
  const trained = await command(
    ...([bench, ['train', config, '--engine', 'cpu', '--runs', library], null] as const)
  )
  if (trained.code !== 0) throw new Error(`No library to start from: ${trained.stderr}`)
  return { library, config, run: readdirSync(join(library, 'runs'))[0]! }
}

interface Task {
  name: string
  what: string
  /** What the command is told; `round` is a folder of the round's own. */
  words(at: { library: string; round: string; run: string; config: string }): string[]
  /** Once, before all rounds. */
  prepare?(bench: Bench, at: { library: string; run: string; config: string }): void
  /** Looks at what there is after the kill, beyond the library itself; returns faults. */
  after?(at: { library: string; round: string }): string[]
  /** Runs that a whole execution adds. */
  adds: number
}

function scenarioOf(task: Task): Scenario {
  return {
    name: task.name,
    what: task.what,
    async open(bench) {
      const base = await smallLibrary(bench)
      task.prepare?.(bench, base)
      const inRound = (
        name: string
      ): { library: string; round: string; run: string; config: string } => {
        const round = join(bench.scratch, name)
        mkdirSync(round)
        cpSync(base.library, join(round, 'library'), { recursive: true })
        return { ...base, round, library: join(round, 'library') }
      }
      const calm = inRound('calm')
      const { ms, code, stderr } = await command(bench, task.words(calm), null)
      if (code !== 0) throw new Error(`${task.name} does not work undisturbed: ${stderr}`)
      const list = (library: string) =>
        command(bench, ['runs', '--all', '--json', '--runs', library], null)

      return async (number) => {
        const round = openRound()
        const at = inRound(`round-${number}`)
        if ((await command(bench, task.words(at), bench.rng.uniform() * ms)).killed) round.kills++
        const whole = await command(bench, ['history', 'check', '--runs', at.library], null)
        round.check(whole.code === 0, `the history: ${whole.stdout}${whole.stderr}`)
        for (const fault of task.after?.(at) ?? []) round.check(false, fault)
        const after = JSON.parse((await list(at.library)).stdout) as { id: string; state: string }[]
        const known = after.filter(({ id }) => id === at.run)
        round.check(known[0]?.state === 'finished', 'the run that was there is not as it was')
        round.check(after.length <= 1 + task.adds, `there are ${after.length} runs`)
        // The same command, left alone, does its work.
        const again = await command(bench, task.words(at), null)
        round.check(again.code === 0, `again: ${again.stderr}`)
        const last = JSON.parse((await list(at.library)).stdout) as { state: string }[]
        const unfinished = last.filter(({ state }) => state !== 'finished').length
        round.check(last.length >= 1 + task.adds, 'what was brought in is not there')
        round.check(unfinished <= task.adds, `${unfinished} runs are in pieces`)
        return round
      }
    }
  }
}

const curves: Task = {
  name: 'import-curves',
  what: "the import of TensorBoard's curves",
  adds: 1,
  prepare({ scratch }) {
    const writer = openTensorBoard(join(scratch, 'curves'), 0)
    for (let step = 1; step <= 2000; step++) {
      writer.append({ seq: step, at: step, type: 'metrics', step, values: { loss: 1 / step } })
    }
    writer.close()
  },
  words: ({ library, round, config }) => [
    ...['import', join(round, '../curves'), '--config', config, '--runs', library]
  ]
}

const weights: Task = {
  name: 'import-weights',
  what: "the import of a folder of weights in transformers' form",
  adds: 1,
  prepare({ scratch }, { library, run }) {
    const from = join(library, 'runs', run, 'checkpoints/step-000000030')
    mkdirSync(join(scratch, 'weights'))
    for (const file of ['config.json', 'model.safetensors']) {
      copyFileSync(join(from, file), join(scratch, 'weights', file))
    }
  },
  words: ({ library, round }) => [
    ...['import', join(round, '../weights'), '--engine', 'cpu', '--runs', library]
  ]
}

const figure: Task = {
  name: 'export',
  what: 'the export of a figure: there is a whole file or none',
  adds: 0,
  words: ({ library, round, run }) => [
    ...['plot', run, '--out', join(round, 'figure.pdf'), '--runs', library]
  ],
  after({ round }) {
    const file = join(round, 'figure.pdf')
    if (!existsSync(file)) return []
    const text = readFileSync(file, 'latin1')
    return text.startsWith('%PDF') && text.trimEnd().endsWith('%%EOF') ? [] : ['half a figure']
  }
}

const backup: Task = {
  name: 'backup',
  what: 'a backup of the history',
  adds: 0,
  words: ({ library }) => ['history', 'backup', '--runs', library]
}

const restore: Task = {
  name: 'restore',
  what: 'putting a backup in the place of the history',
  adds: 0,
  prepare(_bench, { library }) {
    const history = join(library, 'history.sqlite')
    mkdirSync(join(library, 'backups'))
    const name = 'history.v8.2026-01-02T03-04-05-000Z.sqlite'
    copyFileSync(history, join(library, 'backups', name))
  },
  words: ({ library }) => ['history', 'restore', 'newest', '--runs', library],
  after: ({ library }) =>
    listBackups(join(library, 'history.sqlite')).length > 0 ? [] : ['the backup has gone']
}

export const commandScenarios: readonly Scenario[] = [curves, weights, figure, backup, restore].map(
  scenarioOf
)
