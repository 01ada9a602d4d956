/** Reading a run's events.jsonl from where the last reading ended, whoever writes it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { TrainerEvent } from '@shared/events'

export interface EventLines {
  events: TrainerEvent[]
  /** Bytes up to the end of the last whole line read: where the next reading begins. */
  bytes: number
  /** Whole lines that are no events, with the byte they start at; they are passed over. */
  refused: { at: number; text: string }[]
  /** Whether the file holds more than was read in one go. */
  more: boolean
}

/** At most this much is read at once, so that a long history is taken in without blocking. */
const chunkBytes = 2 ** 22
const newline = 10
/** No event has so long a line: what has is passed over, and not held in memory. */
const mostLineBytes = 2 ** 26

/**
 * Reads the whole lines after `from`. A torn last line (its writer died, or is writing now) waits for the next
 * reading. If `from` is no longer the end of a line, the file is another one than before: it is read from its
 * start, and the events' numbers tell what is new.
 */
export function readEventLines(path: string, from: number): EventLines {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { events: [], bytes: from, refused: [], more: false }
  }
  try {
    const { size } = fstatSync(fd)
    const start = from <= size && endsLine(fd, from) ? from : 0
    let length = chunkBytes
    for (;;) {
      const chunk = Buffer.alloc(Math.min(length, size - start))
      const read = chunk.subarray(0, readSync(fd, chunk, 0, chunk.length, start))
      const whole = read.lastIndexOf(newline) + 1
      const more = start + read.length < size
      // A single line longer than a chunk: look further.
      if (whole === 0 && more && length < mostLineBytes) length *= 2
      else if (whole === 0 && more) return passOver(fd, start, from)
      else return { ...parseLines(read.subarray(0, whole), start), more: more && whole > 0 }
    }
  } finally {
    closeSync(fd)
  }
}

/** The reading goes on after the line that starts here, or waits for its end. */
function passOver(fd: number, start: number, from: number): EventLines {
  const chunk = Buffer.alloc(chunkBytes)
  const refused = [{ at: start, text: 'a line that is longer than any event' }]
  for (let at = start; ;) {
    const read = readSync(fd, chunk, 0, chunk.length, at)
    const end = chunk.subarray(0, read).indexOf(newline)
    if (end >= 0) return { events: [], bytes: at + end + 1, refused, more: true }
    if (read === 0) return { events: [], bytes: from, refused: [], more: false }
    at += read
  }
}

function endsLine(fd: number, at: number): boolean {
  if (at === 0) return true
  const byte = Buffer.alloc(1)
  return readSync(fd, byte, 0, 1, at - 1) === 1 && byte[0] === newline
}

function parseLines(lines: Buffer, start: number): Omit<EventLines, 'more'> {
  const events: TrainerEvent[] = []
  const refused: EventLines['refused'] = []
  let at = 0
  while (at < lines.length) {
    const end = lines.indexOf(newline, at)
    const text = lines.toString('utf8', at, end)
    const event = parseEvent(text)
    if (event) events.push(event)
    else if (text.trim() !== '') refused.push({ at: start + at, text: text.slice(0, 200) })
    at = end + 1
  }
  return { events, refused, bytes: start + lines.length }
}

function parseEvent(text: string): TrainerEvent | undefined {
  try {
    return TrainerEvent.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
