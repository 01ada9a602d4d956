/** Why a trainer may have ended without a word, as far as the system tells: above all whether memory ran out. */
import { readFileSync } from 'node:fs'

export const silentEnd = 'The trainer ended without saying so.'

const memoryAdvice =
  'Train fewer runs at once, or a smaller model or batch; closing other programs helps too.'

export interface End {
  /** The signal that ended the process, where the system says so. */
  signal: NodeJS.Signals | null
  /** The last lines of its standard error. */
  words: string
  /** How many processes the system ended for want of memory while it ran; null where it does not tell. */
  memoryKills: number | null
}

/** What V8, the C++ library and TensorFlow say when an allocation fails. */
const outOfMemory =
  /heap out of memory|bad_alloc|OOM when allocating|Cannot allocate memory|RESOURCE_EXHAUSTED/i

/** One or two sentences. */
export function explainEnd({ signal, words, memoryKills }: End): string {
  if (memoryKills !== null && memoryKills > 0) {
    return `${silentEnd} Meanwhile the system ran out of memory and ended a process. ${memoryAdvice}`
  }
  if (outOfMemory.test(words)) return `${silentEnd} It ran out of memory. ${memoryAdvice}`
  if (signal === 'SIGKILL') {
    return `${silentEnd} It was killed from outside (SIGKILL), as the system does when memory runs out. ${memoryAdvice}`
  }
  return signal === null ? silentEnd : `${silentEnd} It was ended by ${signal}.`
}

/** How many processes this machine has ended for want of memory since it started; null where it does not tell. */
export function memoryKills(file = '/proc/vmstat'): number | null {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1]
    return count === undefined ? null : Number(count)
  } catch {
    return null
  }
}
