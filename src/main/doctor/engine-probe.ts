/** Starting an engine in a process of its own, for a limited time: a broken driver may hang or crash it. */
import { ProbeAnswer, type EngineReport } from '@shared/diagnosis'
import type { Port } from '@shared/rpc'

export type EngineName = EngineReport['name']

/** A trainer process that was asked for a probe instead of a run. */
export interface ProbeProcess {
  /** One ProbeAnswer comes out. */
  port: Port
  /** Settles once the process is gone, with the last lines of its standard error and, where known, the signal. */
  exited: Promise<{ error: string; signal?: string | null }>
  kill(): void
}

/** It never throws: what could not be started has exited. */
export type StartProbe = (engine: EngineName) => ProbeProcess

export interface EngineOutcome {
  name: EngineName
  answer: ProbeAnswer | null
  /** How the process ended without an answer. */
  ended: 'silent' | 'hung' | null
  signal: string | null
  /** What it and its libraries wrote to standard error. */
  words: string
}

/** How long an answered probe may take to end by itself. */
const goodbyeMs = 1000

export async function askEngine(
  start: StartProbe,
  name: EngineName,
  limitMs: number
): Promise<EngineOutcome> {
  const process = start(name)
  let limit: NodeJS.Timeout | undefined
  const answered = new Promise<ProbeAnswer>((resolve) => {
    process.port.onMessage((message) => {
      const { data } = ProbeAnswer.safeParse(message)
      if (data) resolve(data)
    })
  })
  const late = (ms: number): Promise<'late'> =>
    new Promise((resolve) => (limit = setTimeout(() => resolve('late'), ms)))
  try {
    const first = await Promise.race([answered, process.exited.then(() => 'gone'), late(limitMs)])
    clearTimeout(limit)
    // The answer of a process that is gone may still lie in the channel.
    const last = first === 'gone' ? await Promise.race([answered, late(50)]) : first
    const answer = typeof last === 'string' ? null : last
    const end = await Promise.race([process.exited, late(answer ? goodbyeMs : 0)])
    const { error, signal = null } = end === 'late' ? { error: '' } : end
    return {
      name,
      answer,
      ended: answer ? null : first === 'late' ? 'hung' : 'silent',
      signal,
      words: error
    }
  } finally {
    clearTimeout(limit)
    process.kill()
    process.port.close()
  }
}
