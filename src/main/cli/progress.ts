/** What a run in the making shows on standard error: one rewritten line on a terminal, else a line now and then. */
import type { MetricValues, Progress } from '@shared/events'
import { splitsOf } from '@shared/splits'
import type { Host } from './command'
import { bar, cut, durationRange, shortNumber, textWidth } from './format'

export interface ProgressLine {
  progress(progress: Progress): void
  /** Metrics as they come; only those of evaluations are worth a line of their own. */
  metrics(step: number, values: MetricValues): void
  /** A line that stays. */
  note(text: string): void
  /** Leaves the last state of the line standing. */
  end(): void
}

/** Where no line can be rewritten, evaluations are told this far apart, in milliseconds. */
const plainMs = 10_000
/** A rewritten line changes at most this often. */
const redrawMs = 100

/** What the line tells of, where a run has it: every split of every kind of data but the atomic facts. */
const shown = new Map([
  ['batchLoss', 'loss'],
  ...Object.values(splitsOf)
    .flat()
    .filter(({ role }) => role !== 'atomic')
    .map(({ name, short }) => [`accuracy/${name}`, short] as const)
])

export function createProgressLine(host: Host): ProgressLine {
  let latest: Progress | undefined
  const values: MetricValues = {}
  let saidAt = -Infinity
  let drawn = false

  const metricsText = (): string =>
    [...shown]
      .filter(([name]) => name in values)
      .map(([name, label]) => `${label} ${shortNumber(values[name])}`)
      .join(' ')

  function draw(force = false): void {
    if (!host.isTerminal || !latest) return
    if (!force && host.now() - saidAt < redrawMs) return
    saidAt = host.now()
    host.err(`\r\u001b[K${progressText(latest, metricsText(), host.columns() - 1)}`)
    drawn = true
  }

  return {
    progress(progress) {
      latest = progress
      draw()
    },
    metrics(step, fresh) {
      Object.assign(values, fresh)
      if (host.isTerminal) return draw()
      const isEvaluation = Object.keys(fresh).some((name) => name.includes('/'))
      if (!isEvaluation || host.now() - saidAt < plainMs) return
      saidAt = host.now()
      const steps = latest ? `/${latest.steps}` : ''
      host.err(`step ${step}${steps}  ${metricsText()}${etaText(latest)}\n`)
    },
    note(text) {
      host.err(`${drawn ? '\r\u001b[K' : ''}${text}\n`)
      drawn = false
    },
    end() {
      draw(true)
      if (drawn) host.err('\n')
      drawn = false
    }
  }
}

function etaText(progress: Progress | undefined): string {
  return progress?.etaMs && progress.step < progress.steps
    ? `  ${durationRange(progress.etaMs)} left`
    : ''
}

/** `▕████      ▏ 40% 1000/2500  loss 0.512 train 0.991  18.2 steps/s  1 min 50 s to 2 min left`, as far as it fits. */
export function progressText(progress: Progress, metrics: string, columns: number): string {
  const { step, steps, stepsPerSecond } = progress
  const share = step / steps
  const rate = stepsPerSecond === null ? '' : `  ${shortNumber(stepsPerSecond)} steps/s`
  const counted = ` ${String(Math.floor(100 * share)).padStart(3)}% ${step}/${steps}`
  const parts = [`  ${metrics}`, etaText(progress), rate]
  const width = Math.max(4, Math.min(24, columns - 60))
  let text = bar(share, width) + counted
  for (const part of parts) {
    if (part.trim() !== '' && textWidth(text + part) <= columns) text += part
  }
  return cut(text, columns)
}
