/**
 * Folders within a library in which something is made before it is moved to its place, or handed out. Each says which
 * process it belongs to: what a process that is gone left behind is cleared by the next server.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeProcess, isAlive, ProcessName } from '../processes'
import { readJson, writeWhole } from './folders'

export type StagePlace = '.incoming' | '.outgoing'

const ownerName = 'owner.json'

export interface Stage {
  name: string
  /** Absolute path. */
  folder: string
}

export function makeStage(library: string, place: StagePlace): Stage {
  const name = randomBytes(8).toString('hex')
  const folder = join(library, place, name)
  mkdirSync(folder, { recursive: true })
  writeWhole(join(folder, ownerName), describeProcess(process.pid))
  return { name, folder }
}

export const removeStage = ({ folder }: Stage): void =>
  rmSync(folder, { recursive: true, force: true })

/** @param before is told of each stage of a process that is gone, before it is removed */
export function clearStages(
  library: string,
  place: StagePlace,
  before: (folder: string) => void = () => undefined
): void {
  const parent = join(library, place)
  if (!existsSync(parent)) return
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name)
    const owner = readJson(join(folder, ownerName), ProcessName)
    if (owner && isAlive(owner)) continue
    before(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}
