/** Made-up runs as points of plots. */
import type { PlotQuantity, PlotRow, PlotValue } from '@shared/figure/plots/plot-data'

export const number = (value: number): PlotValue => ({
  ...{ kind: 'number', value, censored: false },
  text: String(value)
})
export const beyond = (value: number): PlotValue => ({
  ...{ kind: 'number', value, censored: true },
  text: `> ${value}`
})
export const category = (text: string): PlotValue => ({ kind: 'category', text })

export const quantity = (id: string, over: Partial<PlotQuantity> = {}): PlotQuantity => ({
  ...{ id, label: id, short: id, scale: 'linear', fraction: false, event: false },
  ...over
})

/** A row per entry, with ids r0, r1, ...; null where a run has no value. */
export const rowsOf = (
  entries: readonly Readonly<Record<string, PlotValue | null>>[],
  over: Partial<PlotRow> = {}
): PlotRow[] =>
  entries.map((values, i) => ({
    ...{ id: `r${i}`, name: `run ${i}`, color: '--run-1', failed: false, values },
    ...over
  }))
