/** One value for the seeds of a config: what they agree in, or their mean and spread. */
import { isMeasured, type FieldValue, type RunField } from './run-fields'
import { orderOf } from './run-order'
import { aggregate } from './statistics/aggregate'

export type GroupValue =
  | { kind: 'same'; value: FieldValue }
  /** `std` is null for a single value; `n` counts the seeds that have one. */
  | { kind: 'mean'; n: number; mean: number; std: number | null }
  /**
   * Events that some seeds have not reached: the mean over all is not known. `reached` of `n` seeds had it by then,
   * the others are above `beyond`.
   */
  | { kind: 'censored'; n: number; reached: number; beyond: number }
  /** Texts that differ. */
  | { kind: 'mixed'; different: number }

export function groupValue(field: RunField, values: readonly FieldValue[]): GroupValue {
  const keys = new Set(values.map((value) => JSON.stringify(value) ?? 'none'))
  if (keys.size === 1 && field.kind !== 'accuracy') return { kind: 'same', value: values[0] }
  const measured = values.filter(isMeasured)
  const censored = measured.filter((value) => value.censored)
  if (censored.length > 0) {
    return {
      kind: 'censored',
      n: measured.length,
      reached: measured.length - censored.length,
      beyond: Math.min(...censored.map(({ value }) => value))
    }
  }
  const numbers = values.map((value) =>
    isMeasured(value) ? value.value : typeof value === 'number' ? value : null
  )
  const all = aggregate(numbers)
  if (all) return { kind: 'mean', n: all.n, mean: all.mean, std: all.std }
  if (keys.size === 1) return { kind: 'same', value: values[0] }
  return { kind: 'mixed', different: keys.size }
}

/** What a group is ordered by; where some seeds are censored, it comes after those that are not. */
export function orderOfGroup(field: RunField, value: GroupValue): number | string | null {
  switch (value.kind) {
    case 'same':
      return orderOf(field, value.value)
    case 'mean':
      return value.mean
    case 'censored':
      return value.beyond + 0.5
    case 'mixed':
      return null
    default:
      return value satisfies never
  }
}
