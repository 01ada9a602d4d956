/** Answers of inspect jobs that are curves: spectra and histograms of weights, power over frequencies. */
import { curvePanel } from './figure/curve-panel'
import type { LineLayer, Panel } from './figure/figure'
import { scaleFor, type Range, type ScaleKind } from './figure/scale'
import { shortValue } from './figure/ticks'
import { plainStyle, type LineStyle } from './figure/split-styles'
import type { LabelledArray } from './inspect'

/** Singular values of each matrix over their number, the first of each shape of a name in its own colour. */
export function spectrumPanels(singular: LabelledArray | null): Panel[] {
  if (!singular) return []
  const [names, places] = singular.coords as [string[], string[]]
  const kinds = [...new Set(names.map(kindOf))]
  const curves = names.map((name, i): LineLayer => {
    const values = singular.values.slice(i * places.length, (i + 1) * places.length)
    const points = values.flatMap((value, j) => (value === null ? [] : [[j + 1, value] as const]))
    const place = kinds.indexOf(kindOf(name))
    // After eight kinds the dash changes.
    const dash = place < 8 ? [] : [6, 4]
    const style = { ...plainStyle, color: `--run-${(place % 8) + 1}`, dash }
    return {
      ...{ kind: 'line', key: name, label: name, of: kindOf(name) },
      ...{ style, points, total: points.length }
    }
  })
  return [linePanel('singular', 'Singular values', 'singular value', 'number', curves, 'log')]
}

/** The name of a weight without the number of its block. */
const kindOf = (name: string): string => name.replace(/\.\d+\./, '.')

/**
 * The distribution of every parameter's weights, a panel for those that differ in their block alone and a line for
 * each block, the later the darker.
 */
export function histogramPanels(histogram: LabelledArray | null): Panel[] {
  if (!histogram) return []
  const [names, parts] = histogram.coords as [string[], string[]]
  return [...new Set(names.map(kindOf))].map((kind): Panel => {
    const members = names.flatMap((name, i) => (kindOf(name) === kind ? [{ name, i }] : []))
    const curves = members.map(({ name, i }, n): LineLayer => {
      const counts = histogram.values.slice(i * parts.length, (i + 1) * parts.length)
      const all = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0)
      const points = parts.map((at, k) => [Number(at), (100 * (counts[k] ?? 0)) / all] as const)
      const block = /\.(\d+)\./.exec(name)?.[1]
      return {
        ...{ kind: 'line', key: name, label: name, points, total: points.length },
        ...(block === undefined
          ? { style: plainStyle }
          : { style: depthStyle(n, members.length), of: `block ${block}` })
      }
    })
    const range: Range = [-1, 1]
    return curvePanel({
      ...{ key: `histogram ${kind}`, title: kind, curves },
      notes: [`% in each of ${parts.length} bins`],
      x: {
        quantity: { label: 'weight / largest of its parameter', ticks: { label: shortValue } },
        scale: { kind: 'linear' },
        range
      },
      y: { label: '% of its weights', scale: 'linear' },
      size: { width: 360, height: 280 }
    })
  })
}

/** From light to dark with depth. */
function depthStyle(n: number, of: number): LineStyle {
  const step = of < 2 ? 5 : 1 + Math.round((4 * n) / (of - 1))
  return { ...plainStyle, color: `--step-${step}` }
}

export function frequencyPanel(power: LabelledArray | null, key: string, title: string): Panel[] {
  if (!power) return []
  const points = power.coords[0]!.map((k, i) => [Number(k), power.values[i]!] as const)
  const line: LineLayer = {
    ...{ kind: 'line', key, label: title, style: plainStyle, points, total: points.length }
  }
  return [linePanel(key, title, 'power', 'frequency', [line], 'linear')]
}

function linePanel(
  key: string,
  title: string,
  y: string,
  x: string,
  curves: readonly LineLayer[],
  scale: ScaleKind
): Panel {
  const xs = curves.flatMap(({ points }) => points.map(([at]) => at))
  const range: Range = [Math.min(1, ...xs), Math.max(2, ...xs)]
  return curvePanel({
    ...{ key, title, curves },
    x: {
      quantity: { label: x, ticks: { label: String, whole: true } },
      scale: scaleFor('linear', { range, least: 1 }),
      range
    },
    y: { label: y, scale },
    size: { width: 600, height: 280 }
  })
}
