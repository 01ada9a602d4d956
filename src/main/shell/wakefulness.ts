/**
 * Keeps the machine from going to sleep while something trains, and only then. The screen may go dark; a lid that is
 * closed, or an empty battery, still wins.
 */
import type { PowerSaveBlocker } from 'electron'

/** @returns to be told whether anything trains, as often as one likes */
export function createWakefulness(
  blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>
): (training: boolean) => void {
  let held: number | null = null
  return (training) => {
    if (training && held === null) {
      held = blocker.start('prevent-app-suspension')
    } else if (!training && held !== null) {
      blocker.stop(held)
      held = null
    }
  }
}
