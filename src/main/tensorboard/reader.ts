/** Curves out of a folder of TensorBoard's event files. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import { decodeEvent } from './event-message'
import { readRecords } from './records'

export interface LoggedStep {
  step: number
  /** Unix time, milliseconds. */
  at: number
  /** By tag; null where it was NaN or infinite. */
  values: Map<string, number | null>
}

export const isEventFile = (name: string): boolean => name.includes('tfevents')

/**
 * All scalars of a folder's event files, by step and rising; of a step that was told twice the later word counts,
 * and a session that starts anew voids what came after its step, as in TensorBoard.
 * @throws {UserError} `tensorboard.empty` where there is none
 */
export function readEventFiles(folder: string): { steps: LoggedStep[]; notes: string[] } {
  const files = readdirSync(folder).filter(isEventFile).sort()
  const steps = new Map<number, LoggedStep>()
  const notes: string[] = []
  for (const file of files) {
    const { records, damagedAt } = readRecords(readFileSync(join(folder, file)))
    if (damagedAt !== null)
      notes.push(`${file} is damaged at byte ${damagedAt} and read up to there`)
    for (const record of records) {
      const event = decodeEvent(record)
      if (!event) continue
      if (event.start) {
        for (const step of steps.keys()) if (step >= event.step) steps.delete(step)
      }
      if (event.values.length === 0) continue
      const logged = steps.get(event.step) ?? {
        step: event.step,
        at: 0,
        values: new Map<string, number | null>()
      }
      logged.at = 1000 * event.wallTime
      for (const [tag, value] of event.values) {
        if (tag !== '') logged.values.set(tag.slice(0, 200), Number.isFinite(value) ? value : null)
      }
      steps.set(event.step, logged)
    }
  }
  const rising = [...steps.values()].sort((a, b) => a.step - b.step)
  if (rising.length === 0) {
    throw new UserError(
      'tensorboard.empty',
      `${folder} has ${files.length} event files and no scalar in them.`,
      'Name the folder of one run, which holds events.out.tfevents files.'
    )
  }
  return { steps: rising, notes }
}
