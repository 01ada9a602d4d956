/** Runs as a table for other programs, and for a paper. */
import { valueAt } from './config-input'
import { listFields } from './config-fields'
import type { RunRow } from './contract'
import { bestIsHigh, eventStep, generalisation, metricOf } from './metric-roles'
import { describeSetting, settingDifferences } from './compare/setting-differences'
import type { CellValue, TableColumn, TableData } from './table-data'

type Cell = (run: RunRow) => CellValue
interface Field extends TableColumn {
  of: Cell
}

const text = (name: string, of: Cell): Field => ({ name, label: name, type: 'text', of })
const number = (name: string, of: Cell, label = name): Field => ({
  name,
  label,
  type: 'number',
  of
})

const events: readonly Field[] = [
  number('memorised', (run) => eventStep(run, 'memorisation'), 'memorised (step)'),
  number('generalised', (run) => eventStep(run, 'generalisation'), 'generalised (step)'),
  number('delay', (run) => generalisation(run)?.delay?.steps ?? null, 'delay (steps)')
]

/** Everything that is known of each run: facts, every setting, the last value of every metric, milestones. */
export function wholeRuns(runs: readonly RunRow[]): TableData {
  const settings = new Set(
    runs.flatMap(({ config }) => {
      const tag = (path: string): string => String(valueAt(config, path.split('.')))
      const fields = listFields(tag('dataset.kind'), tag('model.family'))
      return ['dataset.kind', 'model.family', ...fields.map(({ path }) => path)]
    })
  )
  const metrics = new Set(runs.flatMap(({ last }) => Object.keys(last)))
  return tableOf(runs, 'runs', [
    text('id', ({ id }) => id),
    text('name', ({ name }) => name),
    text('state', ({ state }) => state),
    number('step', ({ step }) => step),
    number('steps', ({ steps }) => steps),
    text('created', ({ createdAt }) => new Date(createdAt).toISOString()),
    number('parameters', ({ parameterCount }) => parameterCount),
    text('dataset_hash', ({ datasetHash }) => datasetHash),
    ...[...settings].map((path) =>
      text(`config.${path}`, ({ config }) => {
        const value = valueAt(config, path.split('.'))
        return value === undefined || value === null ? null : String(value)
      })
    ),
    ...[...metrics].sort().map((name) => number(`last.${name}`, ({ last }) => last[name] ?? null)),
    ...events
  ])
}

/** What tells the runs apart, and what came of them: few enough columns for a page. */
export function paperRuns(runs: readonly RunRow[]): TableData {
  const differences = settingDifferences(runs.map(({ config }) => config)).slice(0, 4)
  const accuracy = (['train', 'iid', 'ood'] as const).map((role): Field => {
    const name = `accuracy/@${role}`
    const of: Cell = (run) => run.last[metricOf(run, name) ?? ''] ?? null
    const label = { train: 'train', iid: 'IID', ood: 'OOD' }[role]
    return { ...number(name, of, label), best: bestIsHigh(name) ? 'highest' : 'lowest' }
  })
  return tableOf(runs, 'runs', [
    text('name', ({ name }) => name),
    ...differences.map(({ path, label, values }) => ({
      ...text(path, (run) => describeSetting(path, values[runs.indexOf(run)])),
      label
    })),
    number('parameters', ({ parameterCount }) => parameterCount),
    number('step', ({ step }) => step),
    ...accuracy,
    ...events
  ])
}

function tableOf(runs: readonly RunRow[], title: string, fields: readonly Field[]): TableData {
  return {
    title,
    caption: `${runs.length} runs; accuracies at the last evaluation.`,
    columns: fields.map(({ name, label, type, best }) => ({
      name,
      label,
      type,
      ...(best && { best })
    })),
    rows: runs.map((run) => fields.map(({ of }) => of(run)))
  }
}
