/** Values of metrics at other places than the end of their curves, as the server looks them up for the table. */
import { untrack } from 'svelte'
import { isMetric, type TableColumn } from '@shared/columns'
import type { RunRow } from '@shared/contract'
import type { FieldValue } from '@shared/run-fields'
import type { Api } from '../api'
import { valueTable, type ValueTable } from '../run-groups'
import type { Notices } from './notices.svelte'

/** How long runs and columns rest before the server is asked. */
const restMs = 150

const isLookedUp = ({ column }: TableColumn): boolean =>
  isMetric(column.id) && column.at !== undefined && column.at !== 'last'

export class MetricValues {
  /** By column, then by run. */
  #values = $state.raw<ValueTable | null>(null)
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  /**
   * @param columns of the table, read in an effect
   * @param runs whose values may be shown
   */
  constructor(
    readonly api: Api,
    readonly notices: Notices,
    columns: () => readonly TableColumn[],
    runs: () => readonly RunRow[]
  ) {
    const wanted = $derived(columns().filter(isLookedUp))
    $effect.root(() => {
      $effect(() => {
        const asked = wanted
        // Of runs at work the values change with their steps.
        const of = asked.length > 0 ? runs() : []
        clearTimeout(this.#timer)
        if (of.length > 0) this.#timer = setTimeout(() => void this.#ask(asked, of), restMs)
      })
    })
  }

  /** The value of a column; undefined where it is not known yet. */
  of(tableColumn: TableColumn, run: RunRow, now: number): FieldValue {
    return isLookedUp(tableColumn)
      ? this.#values?.get(tableColumn.key)?.get(run.id)
      : tableColumn.field.of(run, now)
  }

  async #ask(columns: readonly TableColumn[], runs: readonly RunRow[]): Promise<void> {
    const asked = ++this.#asked
    const ids = runs.map(({ id }) => id)
    try {
      const answer = await this.api.request['metrics.values']({
        ids,
        columns: columns.map(({ column }) => ({
          name: column.id.slice('metric:'.length),
          at: column.at ?? 'last'
        }))
      })
      if (asked !== this.#asked) return
      this.#values = valueTable(
        columns.map(({ key }) => key),
        ids,
        answer
      )
    } catch (error) {
      untrack(() => this.notices.failed(error))
    }
  }
}
