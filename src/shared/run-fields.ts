/**
 * Everything that can be asked of a run: settings, metrics, events and facts about the run itself. Columns of the
 * table, the query language and axes of plots all name these fields, so that a value means the same everywhere.
 */
import type { FieldInfo } from './config-fields'
import { RunState, type RunRow } from './contract'
import { ofCrossing, ofDelay, type Measured } from './compare/measures'
import { settingFields, settingValues, type SettingValue } from './compare/setting-differences'
import { familyNames } from './config'
import { datasetKinds } from './dataset-config'
import { generalisation, metricOf, splitOfRole, type RoleName } from './metric-roles'
import { datasetWords, modelWords } from './run-words'

/** Null: measured, but no finite number. Undefined: the run has no such thing. */
export type FieldValue = SettingValue | Measured | readonly string[]

export type FieldKind =
  'number' | 'accuracy' | 'choice' | 'text' | 'boolean' | 'time' | 'duration' | 'event' | 'tags'

export interface RunField {
  /** As columns name it: `config:model.nLayer`, `metric:accuracy/@ood`, `event:memorised`, `created`. */
  id: string
  /** As queries name it: `model.nLayer`, `ood`, `memorised`, `created`. */
  name: string
  label: string
  help: string
  kind: FieldKind
  unit?: string
  choices?: readonly string[]
  /** @param now Unix milliseconds, for runs that are at work */
  of: (run: RunRow, now: number) => FieldValue
}

/** How long a run has been at work, from its first start to its end or until now, in ms; undefined before. */
export function runDuration(run: RunRow, now: number): number | undefined {
  return run.startedAt === null ? undefined : Math.max(0, (run.endedAt ?? now) - run.startedAt)
}

const fact = (
  name: string,
  kind: FieldKind,
  label: string,
  help: string,
  of: RunField['of'],
  more: Partial<RunField> = {}
): RunField => ({
  ...{ id: name, name, kind, label, help, of, ...more }
})

const facts: readonly RunField[] = [
  fact('name', 'text', 'Name', 'The name of the run', (run) => run.name),
  fact('state', 'choice', 'State', 'Queued, running, finished and so on', (run) => run.state, {
    choices: RunState.options
  }),
  fact(
    'progress',
    'number',
    'Steps',
    'Steps done, as a share of the budget',
    (run) => run.step / run.steps
  ),
  fact('model', 'text', 'Model', 'Family and sizes', modelWords),
  fact('dataset', 'text', 'Data set', 'Kind of data and its sizes', datasetWords),
  fact('tags', 'tags', 'Tags', 'Words given to the run', (run) => run.tags),
  fact('note', 'text', 'Note', 'What was written about the run', (run) => run.note),
  fact('created', 'time', 'Created', 'When the run was made', (run) => run.createdAt),
  fact(
    'started',
    'time',
    'Started',
    'When its training began',
    (run) => run.startedAt ?? undefined
  ),
  fact('ended', 'time', 'Ended', 'When its training ended', (run) => run.endedAt ?? undefined),
  fact('duration', 'duration', 'Duration', 'From its start to its end or until now', runDuration),
  fact('step', 'number', 'Step', 'The last step that was trained', (run) => run.step),
  fact('steps', 'number', 'Budget', 'Steps at the most', (run) => run.steps),
  fact('epoch', 'number', 'Epoch', 'Passes over the training set', (run) =>
    run.stepsPerEpoch === null ? undefined : run.step / run.stepsPerEpoch
  ),
  fact(
    'parameters',
    'number',
    'Parameters',
    'Numbers that are trained',
    (run) => run.parameterCount ?? undefined
  ),
  fact('preset', 'text', 'Preset', 'The preset it was made from', (run) => run.preset ?? undefined),
  fact('engine', 'text', 'Engine', 'What computed it', (run) => run.engine?.detail),
  fact('checkpoints', 'number', 'Checkpoints', 'How many are kept', (run) => run.checkpoints),
  fact(
    'error',
    'text',
    'Error',
    'Why a run failed or was interrupted',
    (run) => run.error ?? undefined
  ),
  fact('id', 'text', 'Id', 'The name of its folder', (run) => run.id)
]

/** The value of a metric at the end of its curve. */
export function lastMetric(run: RunRow, name: string): number | null | undefined {
  const metric = metricOf(run, name)
  return metric === null ? undefined : run.last[metric]
}

const metric = (metricName: string, name: string, label: string, help: string): RunField => ({
  ...{ id: `metric:${metricName}`, name, label, help },
  kind: metricName.startsWith('accuracy/') ? 'accuracy' : 'number',
  of: (run) => lastMetric(run, metricName)
})

const roleWords: Record<RoleName, string> = {
  ood: 'out of distribution, or on the test where no distribution is set apart',
  iid: 'on unseen in-distribution examples',
  train: 'on examples seen in training',
  atomic: 'on in-distribution facts by themselves',
  test: 'on the test'
}
const roleLabels = { ood: 'OOD / test', iid: 'IID', train: 'Train', atomic: 'Atomic' } as const
const roles = Object.keys(roleLabels) as (keyof typeof roleLabels)[]

const metrics: readonly RunField[] = [
  ...roles.map((role) =>
    metric(`accuracy/@${role}`, role, roleLabels[role], `Accuracy ${roleWords[role]}`)
  ),
  ...roles.map((role) =>
    metric(`loss/@${role}`, `loss/@${role}`, `Loss, ${roleLabels[role]}`, `Loss ${roleWords[role]}`)
  ),
  metric('batchLoss', 'loss', 'Batch loss', 'Loss of the last recorded training batch'),
  metric('gradNorm', 'gradNorm', 'Gradient norm', 'Global norm of the gradient'),
  metric('weightNorm', 'weightNorm', 'Weight norm', 'Global norm of all weights')
]

const event = (name: string, label: string, help: string, of: RunField['of']): RunField => ({
  ...{ id: `event:${name}`, name, kind: 'event', label, help, unit: 'steps', of }
})

const milestonesOfRole = (run: RunRow, role: RoleName) => {
  const split = splitOfRole(run, role)
  return run.milestones?.splits.find((found) => found.split === split?.name)
}

const events: readonly RunField[] = [
  event(
    'memorised',
    'Memorised',
    'Step from which all training splits stay above 0.99',
    (run) => ofCrossing(run.milestones?.memorisation) ?? undefined
  ),
  event(
    'generalised',
    'Generalised',
    'Step from which the OOD split, or the only test, stays above 0.95',
    (run) => ofCrossing(generalisation(run)?.crossing) ?? undefined
  ),
  event(
    'delay',
    'Delay',
    'Steps from memorisation to generalisation',
    (run) => ofDelay(generalisation(run)?.delay) ?? undefined
  ),
  event(
    'generalisedIid',
    'Generalised, IID',
    'Step from which the IID test stays above 0.95',
    (run) => ofCrossing(milestonesOfRole(run, 'iid')?.crossing) ?? undefined
  ),
  event(
    'delayIid',
    'Delay, IID',
    'Steps from memorisation to generalisation on the IID test',
    (run) => ofDelay(milestonesOfRole(run, 'iid')?.delay) ?? undefined
  ),
  {
    ...{ id: 'event:rise', name: 'rise', kind: 'number', label: 'Rise', unit: 'steps' },
    help: 'Steps from a tenth to nine tenths of the way to the plateau: the fewer, the sharper the transition',
    of: (run) => {
      const rise = generalisation(run)?.rise
      return rise ? rise.to - rise.from : undefined
    }
  },
  {
    ...{ id: 'event:plateau', name: 'plateau', kind: 'accuracy', label: 'Plateau' },
    help: 'Mean accuracy over the last evaluations of what generalisation is read off',
    of: (run) => generalisation(run)?.plateau?.mean
  }
]

const values = new WeakMap<object, Map<string, SettingValue>>()

/** A setting of a run's config, its default where an older run does not name it; undefined where it has none. */
export function settingOf({ config }: Pick<RunRow, 'config'>, path: string): SettingValue {
  const known = values.get(config) ?? settingValues(config)
  values.set(config, known)
  return known.get(path)
}

const fieldKinds = {
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  choice: 'choice',
  text: 'text'
} as const

const settings: readonly RunField[] = (() => {
  const found = new Map<string, FieldInfo>()
  for (const kind of datasetKinds) {
    for (const family of Object.keys(familyNames)) {
      for (const info of settingFields({ dataset: { kind }, model: { family } })) {
        const before = found.get(info.path)
        const choices = [...new Set([...(before?.choices ?? []), ...(info.choices ?? [])])]
        found.set(info.path, { ...info, ...(choices.length > 0 && { choices }) })
      }
    }
  }
  return [...found.values()].map(({ path, label, help, unit, choices, type }): RunField => ({
    ...{ id: `config:${path}`, name: path, label, help, kind: fieldKinds[type] },
    ...(unit && { unit }),
    ...(choices && { choices }),
    of: (run) => settingOf(run, path)
  }))
})()

/** All fields that have a name of their own, in reading order. */
export const runFields: readonly RunField[] = [...facts, ...metrics, ...events, ...settings]

const byId = new Map(runFields.map((field) => [field.id, field]))
const byName = new Map(runFields.map((field) => [field.name.toLowerCase(), field]))
const shortNames = new Map<string, RunField[]>()
for (const field of settings) {
  const short = field.name.split('.').at(-1)!.toLowerCase()
  shortNames.set(short, [...(shortNames.get(short) ?? []), field])
}

/** The field of a column. Any metric has one, whether it is listed or not; undefined for what names nothing. */
export function fieldOfColumn(id: string): RunField | undefined {
  const known = byId.get(id)
  if (known || !id.startsWith('metric:')) return known
  const name = id.slice('metric:'.length)
  return metric(name, name, name, `The metric ${name}`)
}

/**
 * The field that a query names: by its name, a setting also by the end of its path where only one path ends so, a
 * metric of a split as it is recorded (`accuracy/test_inferred_ood`).
 */
export function fieldOfName(name: string): RunField | undefined {
  const lower = name.toLowerCase()
  const short = shortNames.get(lower) ?? []
  return (
    byName.get(lower) ??
    (short.length === 1 ? short[0] : undefined) ??
    (/^[A-Za-z]+\/@?\w/.test(name) ? fieldOfColumn(`metric:${name}`) : undefined)
  )
}

/** Whether a value is a measurement with a bracket. */
export const isMeasured = (value: FieldValue): value is Measured =>
  typeof value === 'object' && value !== null && 'censored' in value
