/** Training from the command line: a run is queued, trained by a process of ours, and followed to its end. */
import { join, resolve } from 'node:path'
import type { ApiClient, RunRow } from '@shared/contract'
import { TrainerMessage, type TrainerEvent } from '@shared/events'
import { forkTrainer, type StartTrainer, type TrainerProcess } from '../server/runners'
import {
  checkTensorBoardFolder,
  openTensorBoard,
  type TensorBoardWriter
} from '../tensorboard/writer'
import { exitCodes, type Arguments, type Host } from './command'
import { readAllEvents } from './events-file'
import { duration, shortNumber } from './format'
import { openLibrary } from './library'
import { libraryFolder } from './library-folder'
import { createProgressLine } from './progress'

/**
 * Opens the library, lets `order` queue a run in it, and follows that run until it has ended.
 * @param order queues a run and returns its id
 * @returns the exit code
 */
export async function trainHere(
  host: Host,
  args: Arguments,
  order: (request: ApiClient) => Promise<string>
): Promise<number> {
  const asJson = args.flag('json')
  const line = createProgressLine(host)
  const board = args.text('tensorboard')
  if (board !== undefined) checkTensorBoardFolder(resolve(board))
  let writer: TensorBoardWriter | undefined
  const note = (text: string): void => line.note(asJson ? JSON.stringify({ note: text }) : text)

  // The trainer's own words reach us as they reach the server; what is missed comes from the folder at the end.
  let trainer: TrainerProcess | undefined
  let seen = Infinity
  let last: TrainerEvent | undefined
  const start = host.startTrainer ?? forkTrainer(host.paths.trainer)
  const startTrainer: StartTrainer = (job) => {
    // A resumed run has a history that is not told again.
    seen = readAllEvents(eventsFile(job.folder)).at(-1)?.seq ?? 0
    if (trainer) note('The trainer ended without a word; the run goes on from its checkpoint.')
    writer?.close()
    if (board !== undefined) writer = openTensorBoard(join(resolve(board), job.runId), host.now())
    trainer = start(job)
    trainer.port.onMessage((received) => {
      const message = TrainerMessage.safeParse(received).data
      if (message?.type === 'event') tell(message.event)
      else if (message && !asJson) line.progress(message.progress)
    })
    return trainer
  }
  function tell(event: TrainerEvent): void {
    if (event.seq <= seen) return
    seen = event.seq
    last = event
    writer?.append(event)
    if (asJson) host.out(`${JSON.stringify(event)}\n`)
    else if (event.type === 'metrics') line.metrics(event.step, event.values)
    else if (event.type === 'started') {
      const { detail, chosen, reason } = event.engine
      note([detail, ...(chosen ? [chosen] : [])].join('; ') + (reason ? ` (${reason})` : ''))
    }
  }

  const folder = libraryFolder(host, args)
  const library = await openLibrary(host, folder, { startTrainer, takes: 'own', log: note })
  let closing: Promise<void> | undefined
  const letGo = host.onInterrupt(() => {
    if (closing) return trainer?.kill()
    note('Interrupted: the run writes a checkpoint. Ctrl-C again ends it at once.')
    closing = library.server.close('The command was interrupted.')
  })
  try {
    const id = await order(library.request)
    const runFolder = library.folder({ id, trashed: false })
    if (asJson) host.err(`${JSON.stringify({ run: { id, folder: runFolder } })}\n`)
    else note(`Run ${id} in ${runFolder}`)

    await library.server.idle()
    const run = closing ? undefined : await library.request['runs.get']({ id })
    await (closing ??= library.server.close('The run ended.'))
    readAllEvents(eventsFile(runFolder), seen).forEach(tell)
    if (!asJson) line.end()
    return conclude(host, { id, run, last, folder: runFolder, asJson })
  } finally {
    letGo()
    writer?.close()
    await (closing ?? library.server.close('The command ended.'))
  }
}

const eventsFile = (runFolder: string): string => join(runFolder, 'events.jsonl')

/** Says how a run ended whose lines are all in its folder, and gives the exit code. */
export function concludeRun(host: Host, run: RunRow, folder: string, asJson: boolean): number {
  const events = readAllEvents(eventsFile(folder))
  if (asJson) for (const event of events) host.out(`${JSON.stringify(event)}\n`)
  return conclude(host, { id: run.id, run, last: events.at(-1), folder, asJson })
}

interface Ending {
  id: string
  /** The run as the history has it; left out when the command was interrupted. */
  run: RunRow | undefined
  last: TrainerEvent | undefined
  folder: string
  asJson: boolean
}

/** Says how it ended, and gives the exit code. */
function conclude(host: Host, { id, run, last, folder, asJson }: Ending): number {
  const again = `Continue with: grokscope resume ${id}`
  if (!run) {
    if (!asJson) host.err(`Run ${id} is at step ${last?.step ?? 0}. ${again}\n`)
    return exitCodes.interrupted
  }
  const { state, step, steps, error } = run
  if (state === 'finished' || state === 'stopped') {
    if (!asJson) {
      const took =
        run.startedAt && run.endedAt ? ` after ${duration(run.endedAt - run.startedAt)}` : ''
      host.out(`Run ${id} ${state} at step ${step} of ${steps}${took}.\n`)
      if (last?.type === 'ended' && last.reason) host.out(`  stopped early: ${last.reason}\n`)
      for (const [name, value] of Object.entries(run.last)) {
        if (name.startsWith('accuracy/')) host.out(`  ${name.padEnd(28)} ${shortNumber(value)}\n`)
      }
      host.out(`  folder ${folder}\n`)
    }
    return exitCodes.ok
  }
  const message = `Run ${id} ${state === 'failed' ? 'failed' : 'was interrupted'} at step ${step} of ${steps}.`
  if (asJson) {
    const code = `run.${state}`
    host.err(
      `${JSON.stringify({ error: { code, message, hint: again, issues: [], detail: error } })}\n`
    )
  } else {
    host.err(`grokscope: ${message}\n${error ? `${error}\n` : ''}${again}\n`)
  }
  return exitCodes.failed
}
