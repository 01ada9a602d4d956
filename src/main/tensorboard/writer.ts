/** A run's events as TensorBoard reads them: one event file per stretch of training, metrics under their own names. */
import { accessSync, closeSync, constants, mkdirSync, openSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import type { TrainerEvent } from '@shared/events'
import { encodeEvent, type ScalarEvent } from './event-message'
import { frameRecord } from './records'

export interface TensorBoardWriter {
  /** Writes what the event says at once: a TensorBoard that is open shows it at its next look. */
  append(event: TrainerEvent): void
  close(): void
}

/**
 * Opens a new event file in a folder, which TensorBoard shows as one run.
 * @throws {UserError} `tensorboard.write` where the disk refuses
 */
export function openTensorBoard(folder: string, now: number): TensorBoardWriter {
  checkTensorBoardFolder(folder)
  const file = openNewFile(folder, now)
  const write = (event: ScalarEvent): void => {
    const record = frameRecord(encodeEvent(event))
    for (let done = 0; done < record.length;) done += writeSync(file, record, done)
  }
  write({ wallTime: now / 1000, step: 0, values: [], fileVersion: 'brain.Event:2' })
  return {
    append(event) {
      const at = { wallTime: event.at / 1000, step: event.step }
      if (event.type === 'started' && event.resumedFrom !== undefined) {
        write({ ...at, step: event.resumedFrom + 1, values: [], start: true })
      } else if (event.type === 'metrics') {
        // What was no finite number is told as NaN, which is what it was to the reader of a curve.
        const values = Object.entries(event.values).map(([tag, x]) => [tag, x ?? NaN] as const)
        write({ ...at, values })
      }
    },
    close: () => closeSync(file)
  }
}

/** Where a run keeps its event files, if its settings ask for them. */
export const boardFolder = (runFolder: string): string => join(runFolder, 'tensorboard')

function openNewFile(folder: string, now: number): number {
  const seconds = String(Math.floor(now / 1000)).padStart(10, '0')
  // TensorBoard knows event files by this beginning and reads them in the order of their names.
  const start = join(folder, `events.out.tfevents.${seconds}.${hostname()}.${process.pid}`)
  for (let n = Math.floor(now % 1000); ; n++) {
    try {
      return openSync(`${start}.${String(n).padStart(4, '0')}`, 'wx')
    } catch (error) {
      // An earlier stretch of the same moment.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw refusal(folder, error)
    }
  }
}

/** @throws {UserError} `tensorboard.write` where the folder cannot be made or written to */
export function checkTensorBoardFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw refusal(folder, error)
  }
}

const refusal = (folder: string, error: unknown): UserError =>
  new UserError(
    'tensorboard.write',
    `No event file can be written to ${folder}: ${(error as Error).message}.`,
    'Free that place, or have them written elsewhere: --tensorboard names a folder.'
  )
