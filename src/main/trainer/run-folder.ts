/**
 * The trainer's side of a run folder: the record of a run, from which the history can always be rebuilt.
 *
 *     config.json           the run as it was ordered (written by the server)
 *     events.jsonl          one TrainerEvent per line, written before it is posted
 *     checkpoints/          see checkpoint.ts
 *     trainer.json          who is training here now; removed at the end
 */
import fs from 'node:fs'
import path from 'node:path'
import { UserError } from '@shared/errors'
import { TrainerEvent } from '@shared/events'
import type { EngineInfo, MetricValues, TrainerEventBody } from '@shared/events'
import { describeProcess } from '../processes'

export interface RunFolder {
  readonly path: string
  /**
   * Writes one event line and returns the event with its number and time.
   * @throws {UserError} `disk.write` where the disk takes no more; nothing of the line is left then
   */
  append(body: TrainerEventBody): TrainerEvent
  /** The same for the end of a run that failed: where the disk takes no more, the event is made all the same. */
  lastWord(body: TrainerEventBody): TrainerEvent
  /** Flushes the lines to the disk, so that a loss of power keeps them. */
  sync(): void
  close(): void
}

/** Opens a run folder for its trainer. A torn last line (a killed process) is cut off; numbering goes on. */
export function openRunFolder(folder: string, now: () => number): RunFolder {
  const file = path.join(folder, 'events.jsonl')
  const trainerFile = path.join(folder, 'trainer.json')
  let { seq, length } = scanEvents(file)
  const fd = openLines()

  function openLines(): number {
    try {
      const opened = fs.openSync(file, 'a')
      fs.ftruncateSync(opened, length)
      // Under its name only when whole: a server that looks in between must not take the run for nobody's.
      fs.writeFileSync(`${trainerFile}.partial`, JSON.stringify(describeProcess(process.pid)))
      fs.renameSync(`${trainerFile}.partial`, trainerFile)
      return opened
    } catch (error) {
      throw diskError(file, error as NodeJS.ErrnoException)
    }
  }

  function append(body: TrainerEventBody): TrainerEvent {
    const event = { seq: seq + 1, at: now(), ...body } as TrainerEvent
    const line = Buffer.from(`${JSON.stringify(event)}\n`)
    try {
      // A disk that is almost full takes a part of what it is given.
      for (let done = 0; done < line.length;) done += fs.writeSync(fd, line, done)
    } catch (error) {
      cutBack(fd, length)
      throw diskError(file, error as NodeJS.ErrnoException)
    }
    length += line.length
    seq++
    return event
  }

  return {
    path: folder,
    append,
    lastWord(body) {
      try {
        return append(body)
      } catch {
        return { seq: seq + 1, at: now(), ...body } as TrainerEvent
      }
    },
    sync: () => fs.fsyncSync(fd),
    close() {
      try {
        fs.fsyncSync(fd)
      } finally {
        fs.closeSync(fd)
        removeQuietly(trainerFile)
      }
    }
  }
}

/** Where even that is refused, the torn line is cut when the folder is opened again. */
function cutBack(fd: number, length: number): void {
  try {
    fs.ftruncateSync(fd, length)
  } catch {
    // Read-only by now.
  }
}

function diskError(file: string, { message }: NodeJS.ErrnoException): UserError {
  return new UserError(
    'disk.write',
    `What was measured could not be written to ${file}: ${message}.`,
    'Free some space or make the folder writable, then resume the run from its newest checkpoint.'
  )
}

/** A folder that has gone takes nothing back; the process that is named in it has ended anyway. */
function removeQuietly(path: string): void {
  try {
    fs.rmSync(path, { force: true })
  } catch {
    // Read-only by now.
  }
}

/**
 * Number of the last event and the length in bytes up to the end of the last whole line. A whole line that is
 * no event is left where it is: only what a kill tore is cut.
 */
function scanEvents(file: string): { seq: number; length: number } {
  if (!fs.existsSync(file)) return { seq: 0, length: 0 }
  const bytes = fs.readFileSync(file)
  const length = bytes.lastIndexOf(10) + 1
  const numbers = bytes
    .toString('utf8', 0, length)
    .split('\n')
    .map((line) => parseEvent(line)?.seq ?? 0)
  return { seq: numbers.reduce((a, b) => Math.max(a, b), 0), length }
}

/**
 * What was evaluated up to a step, by step and rising: the metrics whose name has one of the prefixes. Of a step
 * that was evaluated twice, around an interruption, the later line counts.
 */
export function readEvaluations(
  folder: string,
  upTo: number,
  prefix: string
): [step: number, values: MetricValues][] {
  const file = path.join(folder, 'events.jsonl')
  if (!fs.existsSync(file)) return []
  const found = new Map<number, MetricValues>()
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    // Most lines are batch losses, and need no parsing.
    if (!line.includes(`"${prefix}`)) continue
    const event = parseEvent(line)
    if (event?.type !== 'metrics' || event.step > upTo) continue
    const wanted = Object.entries(event.values).filter(([name]) => name.startsWith(prefix))
    if (wanted.length > 0) found.set(event.step, Object.fromEntries(wanted))
  }
  return [...found].sort(([a], [b]) => a - b)
}

/** The engine that a run had when it was last started; undefined before the first start. */
export function lastEngine(folder: string): EngineInfo | undefined {
  const file = path.join(folder, 'events.jsonl')
  if (!fs.existsSync(file)) return undefined
  const started = fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"started"'))
    .map(parseEvent)
    .findLast((event) => event?.type === 'started')
  return started?.type === 'started' ? started.engine : undefined
}

function parseEvent(line: string): TrainerEvent | undefined {
  try {
    return TrainerEvent.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
