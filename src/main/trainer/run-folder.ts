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
import { TrainerEvent } from '@shared/events'
import type { EngineInfo, MetricValues, TrainerEventBody } from '@shared/events'
import { describeProcess } from '../processes'

export interface RunFolder {
  readonly path: string
  /** Writes one event line and returns the event with its number and time. */
  append(body: TrainerEventBody): TrainerEvent
  /** Flushes the lines to the disk, so that a loss of power keeps them. */
  sync(): void
  close(): void
}

/** Opens a run folder for its trainer. A torn last line (a killed process) is cut off; numbering goes on. */
export function openRunFolder(folder: string, now: () => number): RunFolder {
  const file = path.join(folder, 'events.jsonl')
  let { seq, length } = scanEvents(file)
  const fd = fs.openSync(file, 'a')
  fs.ftruncateSync(fd, length)
  // Under its name only when whole: a server that looks in between must not take the run for nobody's.
  const trainerFile = path.join(folder, 'trainer.json')
  fs.writeFileSync(`${trainerFile}.partial`, JSON.stringify(describeProcess(process.pid)))
  fs.renameSync(`${trainerFile}.partial`, trainerFile)

  return {
    path: folder,
    append(body) {
      const event = { seq: ++seq, at: now(), ...body } as TrainerEvent
      length += fs.writeSync(fd, JSON.stringify(event) + '\n')
      return event
    },
    sync: () => fs.fsyncSync(fd),
    close() {
      fs.fsyncSync(fd)
      fs.closeSync(fd)
      fs.rmSync(trainerFile, { force: true })
    }
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
