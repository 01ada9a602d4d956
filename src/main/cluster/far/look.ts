/** The cluster's side of a look: what has become of runs, and the event lines that the desk lacks. */
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync
} from 'node:fs'
import { join } from 'node:path'
import { lastLines, readJson } from '../../server/folders'
import { ExitRecord, Heartbeat, type LookOrder, type RunLook } from '../protocol'

/**
 * Answers a look.
 * @returns what is said of each run, and the bytes of their event lines, one run's after the other's
 */
export function look(work: string, order: LookOrder): { runs: RunLook[]; bytes: Buffer[] } {
  const bytes: Buffer[] = []
  let room = order.most
  const runs = order.runs.map(({ id, from, check }): RunLook => {
    const folder = join(work, 'runs', id)
    const there = existsSync(join(folder, 'config.json'))
    // Before the checkpoints: every checkpoint that these lines tell of is then listed, or was pruned since.
    const lines = readLines(join(folder, 'events.jsonl'), from, Math.max(0, room), check)
    room -= lines.sent.length
    bytes.push(lines.sent)
    return {
      id,
      size: there ? lines.size : null,
      sha256: lines.sha256,
      sent: lines.sent.length,
      sentSha256: createHash('sha256').update(lines.sent).digest('hex'),
      checkpoints: checkpointsIn(folder),
      heartbeat: readJson(join(folder, 'heartbeat.json'), Heartbeat),
      exit: readJson(join(folder, 'exit.json'), ExitRecord),
      commands: { done: readDone(folder), all: readCommands(folder).length },
      stderr: lastLines(join(folder, 'stderr.log'))
    }
  })
  return { runs, bytes }
}

interface Lines {
  /** Up to the end of the last whole line. */
  size: number
  sha256: string | null
  sent: Buffer
}

function readLines(file: string, from: number, most: number, check: boolean): Lines {
  const none = Buffer.alloc(0)
  if (!existsSync(file)) return { size: 0, sha256: null, sent: none }
  const fd = openSync(file, 'r')
  try {
    const { size } = fstatSync(fd)
    const sha256 = check && from <= size ? hashTo(fd, from) : null
    const rest = Buffer.alloc(Math.max(0, size - from))
    const read = rest.subarray(0, readSync(fd, rest, 0, rest.length, from))
    const whole = read.subarray(0, read.lastIndexOf(10) + 1)
    const cut = whole.subarray(0, most)
    const sent = whole.length <= most ? whole : cut.subarray(0, cut.lastIndexOf(10) + 1)
    return { size: from + whole.length, sha256, sent }
  } finally {
    closeSync(fd)
  }
}

function hashTo(fd: number, end: number): string {
  const hash = createHash('sha256')
  const chunk = Buffer.alloc(2 ** 20)
  for (let at = 0; at < end;) {
    const read = readSync(fd, chunk, 0, Math.min(chunk.length, end - at), at)
    if (read === 0) break
    hash.update(chunk.subarray(0, read))
    at += read
  }
  return hash.digest('hex')
}

function checkpointsIn(folder: string): string[] {
  const place = join(folder, 'checkpoints')
  return existsSync(place) ? readdirSync(place).filter((name) => /^step-\d{9,}$/.test(name)) : []
}

/** The commands that the desk has written for a run; a line that is not whole yet is not there yet. */
export function readCommands(folder: string): string[] {
  const file = join(folder, 'control.jsonl')
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1)
}

/** How many of them were passed on. */
export function readDone(folder: string): number {
  const file = join(folder, 'control.done')
  return existsSync(file) ? Number(readFileSync(file, 'utf8')) || 0 : 0
}
