/** Processor time, to know what others took while a contender was timed. */
import { cpus } from 'node:os'

/** Milliseconds that all cores together have been busy since the machine started. */
export function busyMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0)
}

/**
 * Share of the machine's processor time that went to anybody else, 0 to 1.
 * @param busy milliseconds that all cores together were busy
 * @param own milliseconds of it that the contender used
 * @param wall milliseconds that passed
 */
export function othersShare(busy: number, own: number, wall: number, cores: number): number {
  return Math.min(1, Math.max(0, (busy - own) / (wall * cores)))
}
