/**
 * Whether a run that was trained again agrees with the original.
 *
 * - **Bit for bit**: every value that both recorded up to the last step compared is the same number, both recorded the
 *   same steps, and checkpoints of one step have the same bytes. This is asked of runs on the same engine (name,
 *   version, threads) and the same machine class (platform, processor, cores), and is enough on any.
 * - **Within the seeds' spread**, on another engine or machine, where rounding differs and training amplifies it: for
 *   each accuracy at the last evaluation that all have, and for log10 of each step of generalisation that all seeds
 *   reached, the new value lies in the interval in which one more seed's would lie with 99 % (Student's t, mean and
 *   deviation of at least three seeds of the same config, times sqrt(1 + 1/n)), but at least 0.02 of accuracy, or a
 *   factor of 1.26 (0.1 decades), to either side of the mean.
 */
import type { EngineInfo, MetricValue, TrainerEvent } from '@shared/events'
import { milestonesOf, type AccuracyCurve } from '@shared/milestones'
import { splitsOf } from '@shared/splits'
import { datasetKind } from '@shared/dataset-config'
import { tQuantile } from '@shared/statistics/distributions'

/** A run's record: what it says in the end, after all interruptions. */
export interface RunRecordOf {
  config: Record<string, unknown>
  engine: EngineInfo | null
  datasetHash: string | null
  /** By step, rising; of each step its values by name. */
  values: ReadonlyMap<number, Readonly<Record<string, MetricValue>>>
  /** The last step that anything was recorded of. */
  lastStep: number
}

export function recordOf(
  config: Record<string, unknown>,
  events: readonly TrainerEvent[]
): RunRecordOf {
  const values = new Map<number, Record<string, MetricValue>>()
  let engine: EngineInfo | null = null
  let datasetHash: string | null = null
  for (const event of events) {
    if (event.type === 'started') {
      engine = event.engine
      datasetHash = event.datasetHash
      // What an earlier stretch wrote past the point of resumption never happened.
      for (const step of values.keys()) if (step > (event.resumedFrom ?? -1)) values.delete(step)
    } else if (event.type === 'metrics') {
      values.set(event.step, { ...values.get(event.step), ...event.values })
    }
  }
  const rising = new Map([...values].sort(([a], [b]) => a - b))
  return { config, engine, datasetHash, values: rising, lastStep: [...rising.keys()].at(-1) ?? 0 }
}

export interface Difference {
  /** What differs, in words, e.g. `accuracy/train at step 20`. */
  what: string
  original: string
  again: string
}

/** Files of checkpoints by `step-000000020/model.safetensors`, with their SHA-256. */
export type CheckpointHashes = ReadonlyMap<string, string>

export interface Verdict {
  verdict: 'identical' | 'within spread' | 'differs' | 'undecided'
  /** Whether engine and machine are of the same class, so that bits are asked for. */
  sameMachine: boolean
  /** Numbers and checkpoint files that were compared. */
  compared: number
  upTo: number
  /** The first of what differs bit for bit, and how much does. */
  differing: number
  first: Difference | null
  /** Why, in sentences. */
  reasons: string[]
}

/** @param upTo the last step that counts; what is recorded beyond it is left out */
export function judge(
  original: RunRecordOf,
  again: RunRecordOf,
  upTo: number,
  checkpoints: { original: CheckpointHashes; again: CheckpointHashes },
  seeds: readonly RunRecordOf[]
): Verdict {
  const { compared, differences } = compareExactly(original, again, upTo, checkpoints)
  const sameMachine = isSameClass(original.engine, again.engine)
  const base = {
    sameMachine,
    compared,
    upTo,
    differing: differences.length,
    first: differences[0] ?? null
  }
  if (original.datasetHash !== again.datasetHash) {
    const first = {
      what: 'the data set',
      original: String(original.datasetHash),
      again: String(again.datasetHash)
    }
    return { ...base, verdict: 'differs', first, reasons: ['The data set is another one.'] }
  }
  if (compared === 0)
    return { ...base, verdict: 'undecided', reasons: ['There is nothing to compare.'] }
  if (differences.length === 0) return { ...base, verdict: 'identical', reasons: [] }
  if (sameMachine) {
    return {
      ...base,
      verdict: 'differs',
      reasons: ['The same engine on the same machine class must give the same bits.']
    }
  }
  return { ...base, ...withinSpread(again, seeds, upTo) }
}

/** Of an engine, what decides the bits; the rest is words about it. */
const classFields = ['name', 'version', 'machine', 'threads', 'precision', 'xla', 'oneDnn'] as const

/** Unknown machines are not the same. */
const isSameClass = (a: EngineInfo | null, b: EngineInfo | null): boolean =>
  !!a?.machine && !!b?.machine && classFields.every((field) => a[field] === b[field])

function compareExactly(
  original: RunRecordOf,
  again: RunRecordOf,
  upTo: number,
  checkpoints: { original: CheckpointHashes; again: CheckpointHashes }
): { compared: number; differences: Difference[] } {
  const differences: Difference[] = []
  let compared = 0
  const compare = (what: string, a: unknown, b: unknown): void => {
    compared++
    if (!Object.is(a, b)) differences.push({ what, original: said(a), again: said(b) })
  }
  const steps = [...new Set([...original.values.keys(), ...again.values.keys()])]
  for (const step of steps.filter((step) => step <= upTo).sort((a, b) => a - b)) {
    const [a, b] = [original.values.get(step) ?? {}, again.values.get(step) ?? {}]
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      compare(`${name} at step ${step}`, a[name], b[name])
    }
  }
  for (const [file, hash] of checkpoints.original) {
    const other = checkpoints.again.get(file)
    if (other !== undefined) compare(`checkpoint ${file}`, hash, other)
  }
  return { compared, differences }
}

const said = (value: unknown): string =>
  value === undefined ? 'nothing' : value === null ? 'no number' : String(value)

const leastSeeds = 3
const confidence = 0.99
const least = { accuracy: 0.02, decades: 0.1 }

function withinSpread(
  again: RunRecordOf,
  seeds: readonly RunRecordOf[],
  upTo: number
): Pick<Verdict, 'verdict' | 'reasons'> {
  if (seeds.length < leastSeeds) {
    const reason = `The engine or the machine is another one, and the pack has ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} of this config: ${leastSeeds} are needed to say how far seeds spread.`
    return { verdict: 'undecided', reasons: [reason] }
  }
  const outside = [...accuraciesOutside(again, seeds, upTo), ...stepsOutside(again, seeds, upTo)]
  return { verdict: outside.length > 0 ? 'differs' : 'within spread', reasons: outside }
}

function accuraciesOutside(
  again: RunRecordOf,
  seeds: readonly RunRecordOf[],
  upTo: number
): string[] {
  const names = new Set(
    [...again.values.values()].flatMap(Object.keys).filter((name) => name.startsWith('accuracy/'))
  )
  return [...names].flatMap((name) => {
    const step = [...again.values.keys()].findLast(
      (at) =>
        at <= upTo && [again, ...seeds].every(({ values }) => isNumber(values.get(at)?.[name]))
    )
    if (step === undefined) return []
    const of = ({ values }: RunRecordOf): number => values.get(step)![name]!
    const range = intervalOf(seeds.map(of), least.accuracy)
    return isInside(of(again), range)
      ? []
      : [`${name} at step ${step} is ${of(again)}, outside of ${rangeText(range)}.`]
  })
}

/** Only what every seed reached by then: a step that is not known has no interval. */
function stepsOutside(again: RunRecordOf, seeds: readonly RunRecordOf[], upTo: number): string[] {
  const ofAll = seeds.map((seed) => reachedSteps(seed, upTo))
  const own = reachedSteps(again, upTo)
  return [...(ofAll[0]?.keys() ?? [])].flatMap((split) => {
    const steps = ofAll.flatMap((reached) => reached.get(split) ?? [])
    if (steps.length < seeds.length) return []
    const range = intervalOf(steps.map(decades), least.decades)
    const step = own.get(split)
    if (step !== undefined && isInside(decades(step), range)) return []
    const steps10 = range.map((at) => Math.round(10 ** at)) as [number, number]
    return [
      `${split} is reached ${step === undefined ? `not by step ${upTo}` : `at step ${step}`}, outside of ${rangeText(steps10)}.`
    ]
  })
}

const decades = (step: number): number => Math.log10(Math.max(1, step))

function reachedSteps(record: RunRecordOf, upTo: number): Map<string, number> {
  const curves = splitsOf[datasetKind(record.config)].map(({ name, role }): AccuracyCurve => {
    const points = [...record.values].flatMap(([step, values]) => {
      const value = values[`accuracy/${name}`]
      return value === undefined || step > upTo ? [] : [[step, value] as const]
    })
    return { split: name, role, points }
  })
  const reached = (milestonesOf(curves)?.splits ?? []).flatMap(({ split, crossing }) =>
    crossing.state === 'reached' ? [[split, crossing.step] as const] : []
  )
  return new Map(reached)
}

/** Where one more value would lie, with the confidence above. */
function intervalOf(values: readonly number[], least: number): [low: number, high: number] {
  const n = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1))
  const half = tQuantile((1 + confidence) / 2, n - 1) * deviation * Math.sqrt(1 + 1 / n)
  return [mean - Math.max(half, least), mean + Math.max(half, least)]
}

const isNumber = (value: unknown): value is number => typeof value === 'number'
const isInside = (value: number, [low, high]: [number, number]): boolean =>
  value >= low && value <= high
const rangeText = ([low, high]: [number, number]): string =>
  `${round(low)} to ${round(high)}, where one more seed would lie`
const round = (value: number): number => Number(value.toPrecision(4))
