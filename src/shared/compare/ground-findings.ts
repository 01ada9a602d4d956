/**
 * Are runs comparable? Everything that differs between them besides what the question is about, said with numbers.
 * The question is a set of settings that the researcher declares; the rest should be common ground. What a model
 * family brings along by itself (its own settings, positions) is named, and counts against the comparison only where
 * it is a known confound: decay sets, tying, dropout, initial weights, size and cost.
 */
import { commonGround } from '../common-ground'
import { RunConfig } from '../config'
import type { RunRow } from '../contract'
import { formatFlops } from '../model-cost'
import { roleOf, type DifferenceRole } from './difference-roles'

export type { DifferenceRole } from './difference-roles'
import {
  describeSetting,
  settingDifferences,
  settingValues,
  type SettingDifference
} from './setting-differences'

/** `confound`: could explain the result by itself. `note`: follows from the question, or changes how results read. */
export type FindingLevel = 'confound' | 'note'

export interface GroundFinding {
  key: string
  level: FindingLevel
  title: string
  /** Why it matters, with the numbers. */
  detail: string
  /** What each run has, in the order given. */
  values: readonly string[]
  /** The setting behind it, which may be declared as the question; absent where there is none. */
  path?: string
}

export interface CommonGround {
  differences: readonly (SettingDifference & { role: DifferenceRole })[]
  /** Confounds first. */
  findings: readonly GroundFinding[]
}

/** Sizes and costs within this factor of one another count as matched. */
export const matchedWithin = 1.05

/** The settings that each line of the common-ground sheet is about. */
const linePaths: Readonly<Record<string, readonly string[]>> = {
  decay: ['optimizer.decay', 'optimizer.decayList', 'optimizer.weightDecay', 'optimizer.kind'],
  optimizer: ['optimizer.kind', 'optimizer.weightDecay'],
  head: ['model.tieHead'],
  dropout: ['model.dropout'],
  init: ['model.init', 'model.initStd', 'optimizer.initScale', 'optimizer.keepNorm'],
  gradients: [
    'optimizer.clipNorm',
    'optimizer.grokfast.filter',
    'optimizer.grokfast.lambda',
    'optimizer.grokfast.alpha',
    'optimizer.grokfast.window'
  ],
  schedule: [
    'optimizer.lr',
    'optimizer.warmup',
    'optimizer.schedule',
    'optimizer.lrFloor',
    'budget.steps'
  ],
  batch: ['batchSize'],
  targets: ['dataset.endTarget', 'dataset.format'],
  seed: ['seed']
}

/** Lines that are what a family is, not how it was treated. */
const inherent: ReadonlySet<string> = new Set(['positions'])

/**
 * What separates runs besides the question.
 * @param runs two or more
 * @param asked paths of the settings that are meant to differ
 */
export function findGround(runs: readonly RunRow[], asked: Iterable<string>): CommonGround {
  const question = new Set(asked)
  const configs = runs.map(({ config }) => config)
  const falling = configs.some(
    (config) => settingValues(config).get('optimizer.schedule') !== 'constant'
  )
  const differences = settingDifferences(configs).map((row) => ({
    ...row,
    role: roleOf(row, question, falling)
  }))
  const findings = [
    ...settingFindings(differences),
    ...sheetFindings(configs, differences),
    ...sizeFindings(runs, question),
    ...dataFindings(runs, differences),
    ...engineFindings(runs),
    ...recordingFindings(runs, differences),
    ...stateFindings(runs)
  ]
  const rank = ({ level }: GroundFinding): number => Number(level === 'note')
  return { differences, findings: findings.sort((a, b) => rank(a) - rank(b)) }
}

/** What of the common ground differs between configs because their families do, before there are any runs. */
export function familyFindings(configs: readonly unknown[]): GroundFinding[] {
  const differences = settingDifferences(configs)
  const question = new Set(differences.map(({ path }) => path))
  return sheetFindings(
    configs,
    differences.map((row) => ({ ...row, role: roleOf(row, question, false) }))
  ).filter(({ level }) => level === 'confound')
}

function settingFindings(differences: CommonGround['differences']): GroundFinding[] {
  return differences.flatMap(({ role, path, label, help, values }) =>
    role === 'unintended'
      ? [
          {
            key: `setting:${path}`,
            level: 'confound' as const,
            title: `${label} differs`,
            detail: help,
            values: values.map((value) => describeSetting(path, value)),
            path
          }
        ]
      : []
  )
}

/** Lines of the sheets that differ although no shared setting behind them does: they come with the family or data. */
function sheetFindings(
  configs: readonly unknown[],
  differences: CommonGround['differences']
): GroundFinding[] {
  const parsed = configs.map((config) => RunConfig.safeParse(config))
  if (!parsed.every((result) => result.success)) return []
  const sheets = parsed.map(({ data }) => commonGround(data))
  const shared = new Set(
    differences.filter(({ role }) => role !== 'belongs').map(({ path }) => path)
  )
  return sheets[0]!.flatMap(({ key, label, note }, i) => {
    const values = sheets.map((sheet) => sheet[i]!.value)
    const said = linePaths[key]?.some((path) => shared.has(path)) ?? false
    if (said || values.every((value) => value === values[0])) return []
    return [
      {
        key: `sheet:${key}`,
        level: inherent.has(key) ? ('note' as const) : ('confound' as const),
        title: `${label}: not the same`,
        detail: note,
        values
      }
    ]
  })
}

function sizeFindings(runs: readonly RunRow[], question: ReadonlySet<string>): GroundFinding[] {
  const meant = [...question].some(
    (path) => /^(model|dataset)\./.test(path) && path !== 'model.family'
  )
  return [
    mismatch(
      'parameters',
      'Parameters',
      runs.map(({ parameterCount }) => parameterCount),
      (count) => count.toLocaleString('en'),
      'A larger model may grok sooner for its size alone.',
      meant
    ),
    mismatch(
      'flops',
      'Work per step',
      runs.map(({ cost }) => cost?.flopsPerStep ?? null),
      formatFlops,
      'Compare over FLOPs as well as over steps.',
      meant || question.has('batchSize')
    )
  ].flatMap((finding) => finding ?? [])
}

/** A finding where the largest of some numbers is more than a matched one above the smallest. */
function mismatch(
  key: string,
  title: string,
  numbers: readonly (number | null)[],
  describe: (value: number) => string,
  why: string,
  meant: boolean
): GroundFinding | null {
  const known = numbers.filter((value): value is number => value !== null && value > 0)
  const ratio = Math.max(...known) / Math.min(...known)
  if (known.length < 2 || ratio <= matchedWithin) return null
  const times = `The largest is ${Number(ratio.toPrecision(3))} times the smallest.`
  return {
    key,
    level: meant ? 'note' : 'confound',
    title: `${title} ${title.endsWith('s') ? 'do' : 'does'} not match`,
    detail: meant ? `${times} It follows from the question.` : `${times} ${why}`,
    values: numbers.map((value) => (value === null ? 'not known' : describe(value)))
  }
}

function dataFindings(
  runs: readonly RunRow[],
  differences: CommonGround['differences']
): GroundFinding[] {
  const hashes = runs.map(({ datasetHash }) => datasetHash)
  const known = new Set(hashes.filter((hash) => hash !== null))
  const settings = differences.filter(({ group }) => group === 'data')
  const seeds = differences.some(({ role }) => role === 'seed')
  if (known.size < 2) return []
  const values = hashes.map((hash) => hash?.slice(0, 8) ?? 'not known yet')
  if (settings.length > 0) {
    return [
      {
        key: 'data',
        level: 'note',
        title: 'Other data',
        detail: 'The data sets differ in content, as their settings do.',
        values
      }
    ]
  }
  return [
    {
      key: 'data',
      level: seeds ? 'note' : 'confound',
      title: seeds ? 'Data drawn anew' : 'Other data from equal settings',
      detail: seeds
        ? 'The seeds differ, and with them the facts, the initial weights and the order of examples.'
        : 'Settings and seed are equal, the content is not: a file or the generator has changed between these runs.',
      values
    }
  ]
}

function engineFindings(runs: readonly RunRow[]): GroundFinding[] {
  const engines = runs.map(({ engine }) => engine)
  const known = engines.flatMap((engine) => engine ?? [])
  const names = new Set(known.map(({ name }) => name))
  const versions = new Set(known.map(({ name, version }) => `${name} ${version}`))
  if (versions.size < 2) return []
  return [
    {
      key: 'engine',
      level: names.size > 1 ? 'confound' : 'note',
      title: names.size > 1 ? 'Engines differ' : 'Versions of the engine differ',
      detail:
        'Sums are rounded in another order, so that curves of one seed part after some steps. Both compute in float32.',
      values: engines.map((engine) => engine?.detail ?? 'not known yet')
    }
  ]
}

/** Schedules and budgets that make events less sure than they look beside one another. */
function recordingFindings(
  runs: readonly RunRow[],
  differences: CommonGround['differences']
): GroundFinding[] {
  const differs = (...paths: string[]): boolean =>
    differences.some(({ path, role }) => role === 'recording' && paths.includes(path))
  const text = (path: string, { config }: RunRow): string =>
    describeSetting(path, settingValues(config).get(path))
  const findings: GroundFinding[] = []
  if (differs('evaluation.every', 'evaluation.perDecade')) {
    findings.push({
      key: 'evaluation',
      level: 'confound',
      title: 'Evaluated at other steps',
      detail:
        'An event is only known to lie between two evaluations. Differences smaller than the wider bracket say nothing.',
      values: runs.map(
        (run) =>
          `every ${text('evaluation.every', run)} steps, ${text('evaluation.perDecade', run)} per decade`
      )
    })
  }
  if (differs('budget.steps', 'budget.stop', 'budget.target', 'budget.margin')) {
    findings.push({
      key: 'budget',
      level: 'note',
      title: 'Budgets differ',
      detail:
        'A run that has not generalised is known only up to its own last evaluation; last values are of different steps.',
      values: runs.map(
        (run) => `${run.step.toLocaleString('en')} of ${run.steps.toLocaleString('en')} steps`
      )
    })
  }
  return findings
}

function stateFindings(runs: readonly RunRow[]): GroundFinding[] {
  if (runs.every(({ state }) => state === 'finished' || state === 'stopped')) return []
  return [
    {
      key: 'state',
      level: 'note',
      title: 'Not all runs are finished',
      detail: 'What is not reached yet may still come.',
      values: runs.map(({ state, step }) => `${state}, step ${step.toLocaleString('en')}`)
    }
  ]
}
