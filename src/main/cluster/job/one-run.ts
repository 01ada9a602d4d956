/** One run of a task: a trainer process that is told what the desk wrote, and leaves a record of how it ended. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseRunConfig } from '@shared/config-input'
import { UserError } from '@shared/errors'
import { TrainerCommand, TrainerMessage, type Outcome, type Progress } from '@shared/events'
import { readCommands, readDone } from '../far/look'
import { RunFile, readJson, writeWhole } from '../../server/folders'
import type { StartTrainer, TrainerProcess } from '../../server/runners'
import { ExitRecord, type Heartbeat } from '../protocol'

/** The task that a run is trained in. */
export interface TaskPlace {
  job: string
  task: number
  restart: number
  node: string
}

export interface OneRun {
  /** Writes the heartbeat, and passes on what the desk has written since. */
  beat(): void
  /** Lets it write a checkpoint and end. */
  makeWay(how: 'limit' | 'terminated'): void
  /** How it ended. */
  ended: Promise<ExitRecord>
}

const endings: ReadonlySet<string> = new Set(['finished', 'stopped', 'failed'])

/** Whether an earlier job, or the desk, has left nothing to do: what was asked for since does not count. */
export function isOver(folder: string): boolean {
  const exit = readJson(join(folder, 'exit.json'), ExitRecord)
  return exit?.how === 'ended' && exit.outcome !== null && endings.has(exit.outcome)
}

/**
 * Starts the trainer of a run folder, from its newest checkpoint where it has one.
 * @throws {UserError} `cluster.runFolder` where there is no readable config.json
 */
export function startRun(
  folder: string,
  place: TaskPlace,
  options: { startTrainer: StartTrainer; threads: number | null; now: () => number }
): OneRun {
  const { now } = options
  const file = readJson(join(folder, 'config.json'), RunFile)
  if (!file) {
    throw new UserError('cluster.runFolder', `${folder} has no readable config.json.`)
  }
  rmSync(join(folder, 'exit.json'), { force: true })
  let done = readDone(folder)
  let progress: Progress | null = null
  let said: { outcome: Outcome; error: string } | null = null
  let makingWay: 'limit' | 'terminated' | null = null
  let trainer: TrainerProcess | null = null

  const record = (how: ExitRecord['how'], outcome: Outcome | null, error: string): ExitRecord => {
    const exit = { job: place.job, task: place.task, at: now(), how, outcome, error }
    writeWhole(join(folder, 'exit.json'), exit)
    return exit
  }

  /** Commands that came while the task waited are passed on, too. */
  function passOn(): void {
    const lines = readCommands(folder)
    for (const line of lines.slice(done)) {
      const command = TrainerCommand.safeParse(parse(line)).data
      if (command) trainer?.port.post({ type: 'command', command })
    }
    if (lines.length === done) return
    done = lines.length
    writeWhole(join(folder, 'control.done'), done)
  }

  function beat(): void {
    const { job, task, restart, node } = place
    const heartbeat: Heartbeat = { job, task, restart, node, at: now(), progress }
    writeWhole(join(folder, 'heartbeat.json'), heartbeat)
    passOn()
  }

  const { id, engine, parent = null } = file
  const config = parseRunConfig(file.config)
  trainer = options.startTrainer({
    ...{ type: 'train', runId: id, folder, config, engine, resume: true, fork: parent },
    threads: options.threads
  })
  trainer.port.onMessage((received) => {
    const message = TrainerMessage.safeParse(received).data
    if (message?.type === 'progress') progress = message.progress
    else if (message?.event.type === 'ended') {
      said = { outcome: message.event.outcome, error: message.event.error ?? '' }
    }
  })
  const ended = trainer.exited.then(({ error }) => {
    if (said && said.outcome !== 'interrupted') return record('ended', said.outcome, said.error)
    if (makingWay) return record(makingWay, said?.outcome ?? null, error)
    return record(said ? 'terminated' : 'silent', said?.outcome ?? null, error)
  })
  beat()

  return {
    beat,
    ended,
    makeWay(how) {
      makingWay ??= how
      const reason =
        how === 'limit' ? 'The time limit of its job was near.' : 'Slurm ended its job.'
      trainer?.port.post({ type: 'command', command: { type: 'interrupt', reason } })
    }
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
