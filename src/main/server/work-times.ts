/** Reads the time at work of runs that were taken in before it was kept: once each, from their event lines. */
import { setImmediate } from 'node:timers/promises'
import { join } from 'node:path'
import type { Store } from '../store/store'
import { stoppedClock, timeEvent, type StepTimes } from '../store/work-time'
import { readEventLines } from './event-lines'
import type { Folders } from './folders'

/**
 * Goes through them one by one, and lets others work in between.
 * @param closed whether to stop
 */
export async function readWorkTimes(
  store: Store,
  folders: Folders,
  closed: () => boolean
): Promise<void> {
  for (const id of store.untimed()) {
    await readOne(store, folders, id, closed)
    if (closed()) return
  }
}

async function readOne(
  store: Store,
  folders: Folders,
  id: string,
  closed: () => boolean
): Promise<void> {
  const place = folders.has(id) ? 'runs' : 'trash'
  const file = join(folders.runFolder(id, place), 'events.jsonl')
  const times = new Map<number, number>()
  const keeper: StepTimes = {
    upTo: (step) => lastUpTo(times, step),
    put: (step, ms) => void (times.has(step) || times.set(step, ms)),
    dropAfter: (step) => {
      for (const at of times.keys()) if (at > step) times.delete(at)
    }
  }
  let clock = stoppedClock
  for (let bytes = 0; ;) {
    const lines = readEventLines(file, bytes)
    // A file that is gone or was replaced tells nothing: the run stays without times.
    if (lines.bytes <= bytes) return
    for (const event of lines.events) clock = timeEvent(clock, event, keeper)
    bytes = lines.bytes
    await setImmediate()
    if (closed()) return
    if (!lines.more && store.setTimes(id, bytes, { times, clock })) return
  }
}

/** The time of the last known step up to a step. */
function lastUpTo(times: ReadonlyMap<number, number>, step: number): number | null {
  let [best, found] = [-1, null as number | null]
  for (const [at, ms] of times) if (at <= step && at > best) [best, found] = [at, ms]
  return found
}
