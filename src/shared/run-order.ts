/** Shelves and the order of runs. */
import type { RunRow } from './contract'
import { isMeasured, type FieldValue, type RunField } from './run-fields'
import type { View } from './view'

export function onShelf(run: RunRow, shelf: View['shelf']): boolean {
  if (run.trashed) return shelf === 'trash'
  return shelf === (run.archived ? 'archived' : 'current')
}

const collator = new Intl.Collator('en', { numeric: true })

const stateOrder: readonly RunRow['state'][] = [
  'running',
  'starting',
  'paused',
  'queued',
  'interrupted',
  'failed',
  'stopped',
  'finished'
]

/** What a value is ordered by; null comes last either way. */
export function orderOf(field: RunField, value: FieldValue): number | string | null {
  if (value === undefined || value === null) return null
  if (field.id === 'state') return stateOrder.indexOf(value as RunRow['state'])
  // What is only known to be above comes right after what is.
  if (isMeasured(value)) return value.censored ? value.value + 0.5 : value.value
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number') return value
  if (Array.isArray(value)) return value.length > 0 ? value.join(' ') : null
  return String(value)
}

/**
 * A copy in the wanted order; what has no value comes last either way, equals by newest first.
 * @param orderedBy what an item is ordered by
 */
export function sortBy<T>(
  items: readonly T[],
  orderedBy: (item: T) => number | string | null,
  descending: boolean,
  createdAt: (item: T) => number
): T[] {
  const sign = descending ? -1 : 1
  return items
    .map((item) => ({ item, by: orderedBy(item) }))
    .sort((a, b) => {
      if (a.by !== b.by) {
        if (a.by === null || b.by === null) return a.by === null ? 1 : -1
        const order =
          typeof a.by === 'number' && typeof b.by === 'number'
            ? a.by - b.by
            : collator.compare(String(a.by), String(b.by))
        if (order !== 0) return sign * order
      }
      return createdAt(b.item) - createdAt(a.item)
    })
    .map(({ item }) => item)
}
