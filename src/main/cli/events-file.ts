import type { TrainerEvent } from '@shared/events'
import { readEventLines } from '../server/event-lines'

/** The events of a run folder's events.jsonl, those after a number alone; none where there is no file. */
export function readAllEvents(path: string, after = 0): TrainerEvent[] {
  const found: TrainerEvent[] = []
  for (let from = 0; ;) {
    const { events, bytes, more } = readEventLines(path, from)
    found.push(...events.filter((event) => event.seq > after))
    if (!more) return found
    from = bytes
  }
}
