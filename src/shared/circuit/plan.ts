/**
 * What a circuit report asks (Wang et al. 2024, section 4 and appendix): which two checkpoints of a comparison run it
 * sets side by side, on which prompts, and the inspect queries whose answers it is made of.
 */
import type { RunRow } from '../contract'
import type { CircuitChoice } from './choice'
import { datasetKind } from '../dataset-config'
import { UserError } from '../errors'
import { InspectQuery, type InspectResult } from '../inspect'
import { eventStep, splitOfRole } from '../metric-roles'

export interface CircuitPlan {
  /** The earlier checkpoint; null for a run that has one alone. */
  from: number | null
  to: number
  /** Why these two. */
  why: string
  count: number
  seed: number
  /** Comparisons seen in training, as the paper traces them. */
  train: string
  /** Unseen ones, of entities of which training had the atomic facts alone. */
  ood: string
}

/** Answers by `key`. */
export type CircuitAnswers = Readonly<Record<string, InspectResult>>

type Job = 'predictions' | 'logit-lens' | 'causal-trace'
export const answerKey = (job: Job, split: string, step: number): string =>
  `${job}/${split}/${step}`

const comparisonKinds = ['comparison', 'in-context', 'facts'] as const

/**
 * @param steps of the run's checkpoints, rising
 * @throws {UserError} `circuit.data` for data of another kind, `checkpoint.missing`, `circuit.order`
 */
export function planCircuit(
  run: RunRow,
  steps: readonly number[],
  choice: CircuitChoice
): CircuitPlan {
  const kind = datasetKind(run.config)
  if (!(comparisonKinds as readonly string[]).includes(kind)) {
    throw new UserError(
      'circuit.data',
      `Run "${run.name}" has ${kind} data; the circuit report asks what the paper asks of comparisons.`,
      'Choose a comparison run. Logit lens and causal tracing answer for other data: grokscope inspect.'
    )
  }
  const there = (step: number): number => {
    if (steps.includes(step)) return step
    throw new UserError(
      'checkpoint.missing',
      `There is no checkpoint of step ${step}.`,
      steps.length > 0 ? `There are those of steps ${steps.join(', ')}.` : 'The run has none yet.'
    )
  }
  const to = choice.to === undefined ? (steps.at(-1) ?? there(run.step)) : there(choice.to)
  const { from, why } = earlier(
    run,
    steps,
    to,
    choice.from === undefined ? null : there(choice.from)
  )
  if (from !== null && from >= to) {
    throw new UserError(
      'circuit.order',
      `The earlier checkpoint is of step ${from}, the later of step ${to}.`,
      'Name an earlier step first.'
    )
  }
  const { count, seed } = choice
  const train = splitOfRole(run, 'train')!.name
  return { from, to, why, count, seed, train, ood: splitOfRole(run, 'ood')!.name }
}

function earlier(
  run: RunRow,
  steps: readonly number[],
  to: number,
  chosen: number | null
): Pick<CircuitPlan, 'from' | 'why'> {
  if (chosen !== null) return { from: chosen, why: 'Both checkpoints were chosen by hand.' }
  const before = steps.filter((step) => step < to)
  const memorised = eventStep(run, 'memorisation')
  const after = memorised === null ? undefined : before.find((step) => step >= memorised)
  if (memorised !== null && after !== undefined) {
    const why = `The earlier checkpoint is the first after memorisation (step ${memorised}), where the paper lets grokking begin.`
    return { from: after, why }
  }
  const first = before.find((step) => step > 0) ?? before[0]
  return first === undefined
    ? { from: null, why: 'There is no earlier checkpoint to compare with.' }
    : {
        from: first,
        why: 'The earlier checkpoint is the first there is: none lies between memorisation and the later one.'
      }
}

/** All questions, each with the step it is put to. */
export function circuitQueries({
  from,
  to,
  count,
  seed,
  train,
  ood
}: CircuitPlan): { key: string; step: number; query: InspectQuery }[] {
  const steps = from === null ? [to] : [from, to]
  const asked: [Job, string][] = [
    ['predictions', train],
    ['predictions', ood],
    ['logit-lens', train],
    ['logit-lens', ood],
    ['causal-trace', train]
  ]
  return asked.flatMap(([job, split]) =>
    steps.map((step) => {
      const probes = { from: 'split', split, count, seed }
      const more = job === 'predictions' ? { top: 1, rows: 1 } : {}
      return {
        key: answerKey(job, split, step),
        step,
        query: InspectQuery.parse({ job, probes, ...more })
      }
    })
  )
}
