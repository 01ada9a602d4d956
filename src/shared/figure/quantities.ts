/** What a horizontal axis of curves may count, and how its values are written. */
import type { xQuantities } from '../view'
import type { AxisScale } from './scale'
import { shortCount, shortTime, shortValue, type TickStyle } from './ticks'

export type XQuantity = (typeof xQuantities)[number]

export interface Quantity {
  /** For an axis: "step", "time at work". */
  label: string
  ticks: Omit<TickStyle, 'wanted'>
  /** A value with its noun: "step 1,200", "3 min 20 s". */
  text: (value: number) => string
}

const round = (value: number): number => Number(value.toPrecision(4))
const count = (value: number): string =>
  Math.abs(value) >= 1e13 ? round(value).toExponential().replace('e+', 'e') : grouped(value)
const grouped = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 })
const counted = { label: shortCount }

export const quantities: Record<XQuantity, Quantity> = {
  step: {
    label: 'step',
    ticks: { label: shortCount, whole: true },
    text: (value) => `step ${count(value)}`
  },
  epoch: { label: 'epoch', ticks: counted, text: (value) => `epoch ${count(value)}` },
  examples: { label: 'examples seen', ticks: counted, text: (value) => `${count(value)} examples` },
  tokens: { label: 'tokens seen', ticks: counted, text: (value) => `${count(value)} tokens` },
  flops: { label: 'training FLOPs', ticks: counted, text: (value) => `${count(value)} FLOPs` },
  time: { label: 'time at work', ticks: { label: shortTime, time: true }, text: shortTime },
  relative: {
    label: 'share of the run',
    ticks: { label: shortValue },
    text: (value) => `${count(100 * value)} % of the run`
  },
  metric: {
    label: 'metric',
    ticks: { label: shortValue },
    text: (value) => shortValue(round(value))
  }
}

/** An axis's label: a logarithmic one says so, and where 0 stands. */
export function axisLabel(label: string, scale: AxisScale): string {
  switch (scale.kind) {
    case 'log':
      return scale.zero === null ? `${label} (log)` : `${label} (log, 0 set apart)`
    case 'symlog':
      return `${label} (log, linear within ±${shortCount(scale.unit)})`
    case 'linear':
    case 'category':
      return label
    default:
      return scale satisfies never
  }
}
