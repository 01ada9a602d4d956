/** How often a server that dies is started again. */
export interface RestartRule {
  /** At most this many starts... */
  starts: number
  /** ...within this time, in milliseconds. */
  withinMs: number
}

export const restartRule: RestartRule = { starts: 4, withinMs: 60_000 }

/**
 * Whether one more start is allowed, given when the earlier ones happened.
 * @param starts Unix milliseconds of each earlier start, rising
 */
export function mayStart(starts: readonly number[], now: number, rule: RestartRule): boolean {
  return starts.filter((at) => now - at < rule.withinMs).length < rule.starts
}
