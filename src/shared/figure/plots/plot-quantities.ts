/** From the fields of runs (run-fields.ts), as a view's plots name them, to what plots draw. */
import {
  describeSetting,
  settingFields,
  type SettingValue
} from '../../compare/setting-differences'
import { familyNames } from '../../config'
import type { RunRow } from '../../contract'
import { datasetKinds } from '../../dataset-config'
import { fieldOfColumn, isMeasured, type FieldValue, type RunField } from '../../run-fields'
import type { PlotColumn } from '../../view'
import { runStyle } from '../run-styles'
import type { PlotQuantity, PlotRow, PlotValue } from './plot-data'

/** A column with the field that it names. */
export interface PlotField {
  column: PlotColumn
  field: RunField
  quantity: PlotQuantity
}

/** Values of metrics elsewhere than at the end, as the server answered: by column key, then by run. */
export type PlacedMetrics = Readonly<Record<string, ReadonlyMap<string, number | null>>>

/** Facts and metrics that span factors. Settings say it in the schema, events always do. */
const spanning = new Set([
  'parameters',
  'duration',
  'step',
  'steps',
  'metric:batchLoss',
  'metric:gradNorm'
])
const logSettings = new Set(
  datasetKinds.flatMap((kind) =>
    Object.keys(familyNames).flatMap((family) =>
      settingFields({ dataset: { kind }, model: { family } }).flatMap(({ path, log }) =>
        log ? [`config:${path}`] : []
      )
    )
  )
)
const isEventSteps = (field: RunField): boolean => field.kind === 'event'

const spansFactors = (field: RunField): boolean =>
  isEventSteps(field) ||
  logSettings.has(field.id) ||
  spanning.has(field.id) ||
  field.id.startsWith('metric:loss/')

const placeWords = {
  last: '',
  best: ' at best',
  memorisation: ' when memorised',
  generalisation: ' when generalised'
} as const

/** The text that a column is known by among others. */
export const columnKey = ({ id, at }: PlotColumn): string =>
  at === undefined || at === 'last' ? id : `${id} at ${at}`

/** What a column means on an axis; null where it names nothing. */
export function plotField(column: PlotColumn): PlotField | null {
  const field = fieldOfColumn(column.id)
  if (!field) return null
  const { at = 'last' } = column
  const place = typeof at === 'number' ? ` at step ${at.toLocaleString('en')}` : placeWords[at]
  const accuracy = field.kind === 'accuracy' && field.id.startsWith('metric:')
  const label = `${accuracy ? `Accuracy, ${field.label}` : field.label}${place}`
  return {
    column,
    field,
    quantity: {
      id: columnKey(column),
      short: label,
      label: field.unit ? `${label}, ${field.unit}` : label,
      scale: spansFactors(field) ? 'log' : 'linear',
      fraction: field.kind === 'accuracy' || field.id === 'progress',
      event: isEventSteps(field)
    }
  }
}

/** Whether a column's values have to be asked for: those of metrics elsewhere than at the end. */
export const isPlaced = ({ id, at = 'last' }: PlotColumn): boolean =>
  id.startsWith('metric:') && at !== 'last'

/** What the server answered for columns and runs: one list of values per column, in the order of the runs. */
export const placedMetrics = (
  columns: readonly PlotColumn[],
  ids: readonly string[],
  answers: readonly { values: readonly (number | null)[] }[]
): PlacedMetrics =>
  Object.fromEntries(
    answers.map(({ values }, i) => [
      columnKey(columns[i]!),
      new Map(values.map((value, run) => [ids[run]!, value]))
    ])
  )

/**
 * Runs as the rows of a plot.
 * @param placed values of the columns for which `isPlaced` holds; runs without one there have no value
 * @param now Unix milliseconds, for durations of runs at work
 */
export function plotRows(
  runs: readonly RunRow[],
  fields: readonly PlotField[],
  placed: PlacedMetrics,
  now: number
): PlotRow[] {
  return runs.map((run) => ({
    id: run.id,
    name: run.name,
    color: runStyle(run).color,
    failed: run.state === 'failed',
    values: Object.fromEntries(
      fields.map(({ column, field, quantity }) => {
        const value = isPlaced(column) ? placed[quantity.id]?.get(run.id) : field.of(run, now)
        return [quantity.id, plotValue(field, value)]
      })
    )
  }))
}

function plotValue(field: RunField, value: FieldValue): PlotValue | null {
  if (value === undefined || value === null) {
    // A setting that is left empty is a value: no clipping, the usual width.
    return value === null && field.id.startsWith('config:')
      ? { kind: 'category', text: 'empty' }
      : null
  }
  if (isMeasured(value)) {
    const text = value.value.toLocaleString('en')
    const { censored, low, high } = value
    const bracket =
      low === high || !Number.isFinite(high) ? '' : ` (after ${low.toLocaleString('en')})`
    return {
      kind: 'number',
      value: value.value,
      censored,
      text: censored ? `> ${text}` : text + bracket
    }
  }
  if (typeof value === 'number') {
    return { kind: 'number', value, censored: false, text: numberText(field, value) }
  }
  if (Array.isArray(value)) {
    return value.length > 0 ? { kind: 'category', text: value.join(', ') } : null
  }
  const path = field.id.replace(/^config:/, '')
  return { kind: 'category', text: describeSetting(path, value as SettingValue) }
}

function numberText(field: RunField, value: number): string {
  if (field.kind === 'accuracy') return value.toFixed(4)
  if (Number.isInteger(value)) return value.toLocaleString('en')
  return String(Number(value.toPrecision(4)))
}
