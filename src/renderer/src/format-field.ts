/** Values of the runs table as a person reads them. */
import type { GroupValue } from '@shared/group-values'
import { describeSetting } from '@shared/compare/setting-differences'
import { isMeasured, type FieldValue, type RunField } from '@shared/run-fields'
import { formatAccuracy, formatCount, formatDuration, formatMetric, formatWhen } from './format'
import { groupTexts } from './texts/groups'

/** Kinds whose values are aligned to the right. */
export const isNumeric = ({ kind }: RunField): boolean =>
  ['number', 'accuracy', 'event', 'time', 'duration'].includes(kind)

/** @param now Unix milliseconds, to tell times of today from others */
export function formatValue(field: RunField, value: FieldValue, now: number): string {
  if (value === undefined) return ''
  if (isMeasured(value)) {
    return `${value.censored ? '> ' : ''}${formatCount(Math.round(value.value))}`
  }
  if (field.id === 'progress') return `${Math.round(100 * Number(value))} %`
  if (field.id.startsWith('config:')) return describeSetting(field.name, value as never)
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'number' || value === null) {
    switch (field.kind) {
      case 'accuracy':
        return formatAccuracy(value)
      case 'time':
        return value === null ? '' : formatWhen(value, now)
      case 'duration':
        return value === null ? '' : formatDuration(value)
      default:
        return typeof value === 'number' && Number.isInteger(value)
          ? formatCount(value)
          : formatMetric(value)
    }
  }
  return String(value)
}

/**
 * "0.982 ± 0.004", "0.982 ± 0.004 (n 3)", "3 of 5 reached": what the runs of a group say together.
 * @param size of the group: where fewer have a value, their number is said
 * @param now Unix milliseconds
 */
export function formatGroup(field: RunField, value: GroupValue, size: number, now: number): string {
  switch (value.kind) {
    case 'same':
      return formatValue(field, value.value, now)
    case 'mean': {
      if (field.kind === 'time') return formatValue(field, value.mean, now)
      const write = (number: number): string =>
        field.kind === 'event'
          ? formatCount(Math.round(number))
          : field.kind === 'accuracy'
            ? number.toFixed(3)
            : formatValue(field, number, now)
      const spread = field.kind === 'duration' ? null : value.std
      const mean = spread === null ? write(value.mean) : `${write(value.mean)} ± ${write(spread)}`
      return value.n < size ? `${mean} ${groupTexts.n(value.n)}` : mean
    }
    case 'censored':
      return value.reached === 0
        ? `> ${formatCount(value.beyond)}`
        : `${value.reached} of ${value.n} reached`
    case 'mixed':
      return `${value.different} different`
    default:
      return value satisfies never
  }
}
