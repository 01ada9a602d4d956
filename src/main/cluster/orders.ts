/**
 * Commands to runs on a cluster: lines of control.jsonl in the run folder of the desk, where any process may add one.
 * Whoever looks after the cluster copies what is missing there; the job passes it on to the trainer.
 */
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TrainerCommand } from '@shared/events'
import type { Connection } from './connection'
import { readCommands } from './far/look'
import { quote } from './quote'

export const giveCommand = (runFolder: string, command: TrainerCommand): void =>
  appendFileSync(join(runFolder, 'control.jsonl'), `${JSON.stringify(command)}\n`)

/** What was ordered of an earlier job does not bind the next. */
export const forgetCommands = (runFolder: string): void =>
  rmSync(join(runFolder, 'control.jsonl'), { force: true })

/**
 * Sends the commands that the cluster lacks.
 * @param there how many it has
 * @returns how many were sent
 */
export async function sendCommands(
  connection: Connection,
  folder: string,
  run: string,
  runFolder: string,
  there: number
): Promise<number> {
  const missing = readCommands(runFolder).slice(there)
  if (missing.length === 0) return 0
  const file = quote(`${folder}/runs/${run}/control.jsonl`)
  await connection.must(`cat >>${file}`, missing.map((line) => `${line}\n`).join(''))
  return missing.length
}
