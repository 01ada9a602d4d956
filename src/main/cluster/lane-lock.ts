/** Of several processes that have a library open, one looks after a cluster's jobs: whoever holds its lock. */
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { describeProcess, isAlive, ProcessName } from '../processes'
import { readJson } from '../server/folders'

const Holder = ProcessName.extend({ server: z.string() })

export interface LaneLock {
  /** Takes the lock where it is free, or its holder is gone. */
  take(): boolean
  /** Whether another process that lives has it. */
  isElsewhere(): boolean
  release(): void
}

/** @param folder the cluster's folder in the library */
export function openLaneLock(folder: string): LaneLock {
  const file = join(folder, 'lock.json')
  const server = randomUUID()
  let held = false

  function take(): boolean {
    if (held) return true
    mkdirSync(folder, { recursive: true })
    const holder = readJson(file, Holder)
    if (holder && isAlive(holder)) return false
    const aside = `${file}.${server}`
    writeFileSync(aside, JSON.stringify({ ...describeProcess(process.pid), server }))
    try {
      if (holder) rmSync(file, { force: true })
      // A link fails where another was quicker; a rename would push that one out.
      linkSync(aside, file)
      held = readJson(file, Holder)?.server === server
    } catch {
      held = false
    }
    rmSync(aside, { force: true })
    return held
  }

  return {
    take,
    isElsewhere() {
      const holder = held ? null : readJson(file, Holder)
      return holder !== null && isAlive(holder)
    },
    release() {
      if (held && readJson(file, Holder)?.server === server) rmSync(file, { force: true })
      held = false
    }
  }
}
