/** Answers of inspect jobs as figures: what the page shows, what is exported, and what a film is made of. */
import type { Axis, Cell, DotLayer, Figure, LegendEntry, Panel } from './figure/figure'
import { numberAxis } from './figure/plots/plot-axis'
import type { Range } from './figure/scale'
import { inspectJobs, sliceOf, type InspectResult, type LabelledArray } from './inspect'
import { frequencyPanel, histogramPanels, spectrumPanels } from './inspect-curves'

export interface FigureChoice {
  /** Of attention: the layer whose heads are shown. */
  layer?: string | undefined
  /** The earlier answer that is subtracted: the figure shows the change. */
  minus?: InspectResult | null
}

/** The labels of a dim by which a figure is chosen; empty where there is nothing to choose. */
export const layersOf = ({ query, arrays }: InspectResult): readonly string[] =>
  query.job === 'attention' ? (arrays['attention']?.coords[0] ?? []) : []

/** The figure of an answer; without panels where a job has nothing to draw. */
export function inspectFigure(result: InspectResult, choice: FigureChoice = {}): Figure {
  const minus = choice.minus ?? null
  const panels = panelsOf(result, choice.layer, minus)
  const { title } = inspectJobs[result.query.job]
  const steps = minus ? `step ${result.step} minus step ${minus.step}` : `step ${result.step}`
  const probes = result.probes ? `; ${result.probes.count} prompts` : ''
  return {
    title: `${title}, ${steps}`,
    columns: Math.min(panels.length, columnsOf[result.query.job]),
    panels,
    legend: legendOf(panels),
    caption: [`${title} at ${steps}${probes}.`, ...result.notes].join(' ')
  }
}

/** Colours of lines that stand for several of a kind. */
function legendOf(panels: readonly Panel[]): LegendEntry[] {
  const entries = new Map<string, LegendEntry>()
  for (const layer of panels.flatMap(({ layers }) => layers)) {
    if (layer.kind !== 'line' || layer.of === undefined) continue
    entries.set(layer.of, { key: layer.of, label: layer.of, style: layer.style })
  }
  return [...entries.values()]
}

const columnsOf: Record<InspectResult['query']['job'], number> = {
  ...{ predictions: 2, attention: 4, 'logit-lens': 2, 'causal-trace': 2 },
  ...{ weights: 3, embeddings: 2, fourier: 2 }
}

function panelsOf(
  result: InspectResult,
  layer: string | undefined,
  minus: InspectResult | null
): Panel[] {
  const { query, arrays } = result
  /** The array, or its change; null where it is not there in both. */
  const read = (name: string): LabelledArray | null => {
    const array = arrays[name]
    if (!array || !minus) return array ?? null
    const before = minus.arrays[name]
    return before && sameLabels(array, before) ? difference(array, before) : null
  }
  const heat = (
    name: string,
    title: string,
    quantity: string,
    options: HeatOptions = {}
  ): Panel[] => {
    const array = read(name)
    return array ? splitHeat(array, { title, quantity, isChange: minus !== null, ...options }) : []
  }
  switch (query.job) {
    case 'predictions':
      return [
        ...heat('confusion', 'What is said, by the difference of the values', 'rows', {
          counts: true
        }),
        ...heat('errors', 'Distance of the answer from the right one', 'rows', { counts: true }),
        ...heat('probability', 'Likeliest tokens at every position', 'probability', {
          ends: [0, 1]
        })
      ]
    case 'attention': {
      const at = layer ?? layersOf(result)[0] ?? '1'
      const ofLayer = (name: string, title: string, quantity: string, signed = false): Panel[] => {
        const array = read(name)
        if (!array) return []
        const part = sliceOf(array, { layer: at })
        return splitHeat(part, {
          ...{ title, quantity, isChange: minus !== null || signed, down: true },
          ...(signed ? {} : { ends: [0, 1] as const })
        })
      }
      return [
        ...ofLayer('attention', `layer ${at}`, 'attention'),
        ...ofLayer('signed', `signed, layer ${at}`, 'weight', true),
        ...heat('state', 'Norm of the state after each position', 'norm'),
        ...heat('delta', 'Mean step size', 'step size')
      ]
    }
    case 'logit-lens':
      return [
        ...heat('mrr', 'MRR of', 'MRR', { ends: [0, 1] }),
        ...heat('recall', 'Recall of', 'recall', { ends: [0, 1] })
      ]
    case 'causal-trace':
      return [
        ...heat('strength', 'Causal strength, positions of the protocol', 'strength', {
          ...{ ends: [0, 1], turned: true },
          interval: minus ? undefined : [arrays['low'], arrays['high']]
        }),
        ...heat('strengthAt', 'Each position, change of', 'strength', {
          ends: [0, 1],
          interval: minus ? undefined : [arrays['lowAt'], arrays['highAt']]
        })
      ]
    case 'weights':
      return [
        ...spectrumPanels(read('singular')),
        // Bins follow the largest weight of a checkpoint: two checkpoints' counts can't be subtracted.
        ...(minus ? [] : histogramPanels(arrays['histogram'] ?? null))
      ]
    case 'embeddings':
      return dotPanels(result)
    case 'fourier':
      return [
        ...frequencyPanel(read('logits'), 'logits', 'Logits, power per frequency'),
        ...frequencyPanel(read('embedding'), 'embedding', 'Embedding, power per frequency')
      ]
    default:
      return query satisfies never
  }
}

const sameLabels = (a: LabelledArray, b: LabelledArray): boolean =>
  JSON.stringify([a.dims, a.coords]) === JSON.stringify([b.dims, b.coords])

function difference(array: LabelledArray, before: LabelledArray): LabelledArray {
  const values = array.values.map((value, i) => {
    const then = before.values[i] ?? null
    return value === null || then === null ? null : value - then
  })
  return { ...array, values }
}

export interface HeatOptions {
  /** Ends of the ramp; else those of the values. */
  ends?: Range
  counts?: boolean
  /** The first label of the rows lies at the top instead of at the foot. */
  down?: boolean
  /** The first dim goes along x, the second up: layers are always up. */
  turned?: boolean
  interval?: readonly (LabelledArray | undefined)[] | undefined
}
export interface HeatSpec extends HeatOptions {
  title: string
  quantity: string
  isChange: boolean
}

/** One heat map for every label of the dims before the last two. */
function splitHeat(array: LabelledArray, spec: HeatSpec): Panel[] {
  const [first, ...rest] = array.dims
  if (array.dims.length > 2) {
    return array.coords[0]!.flatMap((label) => {
      const title =
        first === 'head' ? `${spec.title}, ${headName(label)}` : `${spec.title} ${label}`
      const interval = spec.interval?.map((part) => part && sliceOf(part, { [first!]: label }))
      return splitHeat(sliceOf(array, { [first!]: label }), { ...spec, title, interval })
    })
  }
  if (rest.length === 0) {
    const row = { dims: ['', ...array.dims], coords: [[''], ...array.coords], values: array.values }
    return [heatPanel(row, spec)]
  }
  return [heatPanel(array, spec)]
}

const headName = (label: string): string => (/^\d+$/.test(label) ? `head ${label}` : label)

export function heatPanel(array: LabelledArray, spec: HeatSpec): Panel {
  const { title, quantity, isChange, down = false, turned = false, counts = false } = spec
  const [rows, columns] = array.coords as [string[], string[]]
  const known = array.values.filter((value) => value !== null)
  const most = Math.max(0, ...known.map(Math.abs))
  // A share can change by one at most: all panels have one scale, and a small change looks small.
  const reach = spec.ends ? Math.max(...spec.ends.map(Math.abs)) : Math.max(most, 1e-9)
  const range: Range = isChange
    ? [-reach, reach]
    : (spec.ends ?? [Math.min(0, ...known), Math.max(most, 1e-9)])
  const [low, high] = spec.interval ?? []
  const written = (value: number): string =>
    counts ? (value === 0 ? '' : String(value)) : value === 0 ? '0' : shortText(value)
  const cells = array.values.map((value, n): Cell => {
    const [r, c] = [Math.floor(n / columns.length), n % columns.length]
    const ends = [low?.values[n], high?.values[n]]
    const interval = ends.every((end) => typeof end === 'number')
      ? ` (95 % interval ${ends.map((end) => shortText(end!)).join(' to ')})`
      : ''
    const where = [array.dims[0] && `${array.dims[0]} ${rows[r]}`, `${array.dims[1]} ${columns[c]}`]
    return {
      x: turned ? r : c,
      y: turned ? c : down ? rows.length - 1 - r : r,
      value,
      ...(value !== null && { text: written(value) }),
      title: `${where.filter(Boolean).join(', ')}: ${value === null ? 'none' : shortText(value)}${interval}`
    }
  })
  const [yLabels, xLabels] = turned ? [columns, rows] : [down ? [...rows].reverse() : rows, columns]
  const [yName, xName] = turned
    ? [array.dims[1]!, array.dims[0]!]
    : [array.dims[0]!, array.dims[1]!]
  return {
    ...{ key: title, title, notes: [] },
    x: categories(xName, xLabels),
    y: categories(yName, yLabels),
    layers: [
      {
        ...{ kind: 'cells', key: 'cells', label: quantity, cells, range },
        ramp: isChange ? 'diverging' : 'sequential',
        quantity: isChange ? `change of ${quantity}` : quantity
      }
    ]
  }
}

const categories = (label: string, labels: readonly string[]): Axis => ({
  label,
  scale: { kind: 'category', labels },
  domain: [-0.5, labels.length - 0.5],
  ticks: labels.map((text, position) => ({ position, label: text }))
})

function shortText(value: number): string {
  const size = Math.abs(value)
  if (size >= 1000) return value.toLocaleString('en', { maximumFractionDigits: 0 })
  return size >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** Tokens on two components, coloured from the least meaning to the most. */
function dotPanels({ arrays, rows }: InspectResult): Panel[] {
  const [coordinates, meaning] = [arrays['coordinates'], arrays['meaning']]
  if (!coordinates || !meaning) return []
  const [tokens, components] = coordinates.coords as [string[], string[]]
  const k = components.length
  const known = meaning.values.filter((value) => value !== null)
  const [least, most] = [Math.min(...known), Math.max(...known)]
  const label = Object.keys(rows[0] ?? {})[1] ?? 'meaning'
  const color = (value: number | null): string =>
    value === null
      ? '--chart-muted'
      : `--step-${1 + Math.min(4, Math.floor((5 * (value - least)) / (most - least + 1e-9)))}`
  const pairs = [[0, 1] as const, [1, 2] as const].filter(([, second]) => second < k)
  return pairs.map(([a, b]): Panel => {
    const at = (i: number, c: number): number => coordinates.values[i * k + c] ?? 0
    const axis = (c: number): Axis =>
      numberAxis(
        {
          id: components[c]!,
          label: components[c]!,
          scale: 'linear',
          fraction: false,
          event: false
        },
        tokens.map((_, i) => at(i, c))
      ).axis
    const dots: DotLayer = {
      ...{ kind: 'dots', key: 'tokens', label: 'tokens', marker: 'circle' },
      dots: tokens.map((token, i) => ({
        ...{ x: at(i, a), y: at(i, b), id: token, color: color(meaning.values[i]!) },
        title: `${token}, ${label} ${meaning.values[i] ?? 'none'}`
      }))
    }
    return {
      ...{ key: `${a}${b}`, title: `${components[a]} and ${components[b]}`, layers: [dots] },
      notes: [`coloured by ${label}, from ${least} to ${most}`],
      x: axis(a),
      y: axis(b)
    }
  })
}
