/**
 * Processes named so that a later one with the same pid is not taken for an earlier one: by the start time in
 * clock ticks since boot on Linux (field 22 of /proc/PID/stat, see proc(5)), elsewhere by the pid alone.
 */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'

export const ProcessName = z.object({
  pid: z.int().positive(),
  start: z.string().nullable(),
  host: z.string()
})
export type ProcessName = z.infer<typeof ProcessName>

export function describeProcess(pid: number): ProcessName {
  return { pid, start: processStart(pid), host: hostname() }
}

/** Whether that very process lives on this machine. One on another machine cannot be asked and counts as gone. */
export function isAlive(name: ProcessName): boolean {
  if (name.host !== hostname()) return false
  try {
    process.kill(name.pid, 0)
  } catch (error) {
    // EPERM: it exists, but belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const start = processStart(name.pid)
  return name.start === null || start === null || start === name.start
}

function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the command in parentheses, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie has ended; only its parent has not asked yet.
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? null)
  } catch {
    return null
  }
}
