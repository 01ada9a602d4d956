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
import { TrainerEvent, type TrainerEventBody } from '@shared/events'
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
  fs.writeFileSync(path.join(folder, 'trainer.json'), JSON.stringify(describeProcess(process.pid)))

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
      fs.rmSync(path.join(folder, 'trainer.json'), { force: true })
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

function parseEvent(line: string): TrainerEvent | undefined {
  try {
    return TrainerEvent.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
