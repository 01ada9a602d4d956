/** From the curves that were read to a figure: a panel per metric, a colour per run or group, a dash per split. */
import type { RunRow } from '../../contract'
import type { CurveAnswer, CurvesAnswer, CurvesQuery } from '../../curves'
import { splitOfRole, type RoleName, splitRoles } from '../../metric-roles'
import { seedWords, settingLabel } from '../../run-groups'
import type { CurvesView, Grouping, PanelSpec } from '../../view'
import { chanceRules } from '../chance'
import { curvePanel, pointsNote, type SharedX } from '../curve-panel'
import type { BandLayer, Figure, Layer, LineLayer, Panel } from '../figure'
import { quantities } from '../quantities'
import { scaleFor, type Point, type Range } from '../scale'
import { splitStyles, type LineStyle } from '../split-styles'
import { panelEvents } from './events'
import type { ComparedGroup } from './groups'
import { isShare, panelKey, panelMetrics, panelTitle, splitTitle, yScaleOf } from './panels'

export interface ComparisonSpec {
  view: CurvesView
  panels: readonly PanelSpec[]
  groups: readonly ComparedGroup[]
  answer: CurvesAnswer
  /** Key of a group, or id of a run, that stands out; the others recede. */
  lit?: string | null
  /** Of a panel's plot, in px, and panels per row. */
  size: { width: number; height: number; columns: number }
}

/** What is asked for to draw panels of groups; columns are of one panel. */
export function comparisonQuery(
  view: CurvesView,
  panels: readonly PanelSpec[],
  groups: readonly ComparedGroup[],
  columns: number
): CurvesQuery {
  const { group } = view
  return {
    groups: groups.map(({ key, runs }) => ({ key, runs: runs.map(({ id }) => id) })),
    metrics: panels.flatMap((panel) => panelMetrics(panel).map(({ name }) => name)),
    x: { quantity: view.x, ...(view.xMetric !== undefined && { metric: view.xMetric }) },
    ...{ align: view.align, scale: view.xScale, range: view.zoom, smoothing: view.smoothing },
    columns: Math.min(4000, Math.max(1, Math.round(columns))),
    statistics: group && { centre: group.centre, band: group.band, members: group.members }
  }
}

export function comparisonFigure(spec: ComparisonSpec): Figure {
  const { view, panels, groups, answer, size } = spec
  const x = sharedX(view, answer)
  let index = 0
  const made = panels.map((panel) => {
    const metrics = panelMetrics(panel)
    const curves = metrics.map((_, i) => answer.curves.filter(({ metric }) => metric === index + i))
    index += metrics.length
    return panelOf(spec, panel, curves, x)
  })
  return {
    ...{ title: '', panels: made, columns: size.columns },
    legend: groups.map(({ key, label, style, runs }) => ({
      ...{ key, style, label: view.group ? `${label} (n = ${runs.length})` : label }
    })),
    caption: captionOf(spec)
  }
}

/** "step from memorisation", with one scale for all panels. */
export function sharedX(view: CurvesView, { extent }: CurvesAnswer): SharedX {
  const known = extent ?? { range: [0, 1] as const, least: null }
  const quantity = quantities[view.x]
  const label = view.x === 'metric' ? (view.xMetric ?? quantity.label) : quantity.label
  return {
    quantity: {
      ...quantity,
      label: view.align === 'none' ? label : `${label} from ${view.align}`
    },
    scale: scaleFor(view.xScale, known),
    range: view.zoom ?? known.range
  }
}

function panelOf(
  { view, groups, answer, size, lit = null }: ComparisonSpec,
  panel: PanelSpec,
  curvesOf: readonly CurveAnswer[][],
  x: SharedX
): Panel {
  const byKey = new Map(groups.map((group) => [group.key, group]))
  const several = panel.splits.length > 1
  const faint: LineLayer[] = []
  const bands: BandLayer[] = []
  const lines: LineLayer[] = []
  curvesOf.forEach((curves, i) => {
    const split = panel.splits[i] ?? null
    for (const curve of curves) {
      const group = byKey.get(curve.group)
      if (!group) continue
      const drawn = layersOf(curve, group, several ? split : null, lit)
      faint.push(...drawn.faint)
      bands.push(...drawn.bands)
      lines.push(...drawn.lines)
    }
  })
  const share = isShare(panel.metric)
  const events = view.events
    ? panelEvents(view, panel, groups, answer.events)
    : { layers: [], notes: [] }
  return curvePanel({
    ...{ key: panelKey(panel), title: panelTitle(panel), x, size },
    notes: [...notesOf(view, [...faint, ...lines], curvesOf.flat()), ...events.notes],
    y: {
      ...{ label: panelTitle(panel), scale: yScaleOf(panel, view) },
      ends: share ? ([0, 1.02] as Range) : undefined
    },
    curves: [...faint, ...bands, ...lines],
    below: share ? commonChance(groups.flatMap(({ runs }) => runs)) : [],
    above: events.layers
  })
}

function layersOf(
  curve: CurveAnswer,
  group: ComparedGroup,
  split: string | null,
  lit: string | null
): { faint: LineLayer[]; bands: BandLayer[]; lines: LineLayer[] } {
  const { role, run, smooth, low, high, total } = curve
  const member = group.runs.find(({ id }) => id === run)
  const name = role === 'member' ? (member?.name ?? group.label) : group.label
  const recedes = lit !== null && lit !== group.key && lit !== run
  const style = split === null ? group.style : { ...group.style, dash: splitDash(split, group) }
  const key = [group.key, run ?? 'centre', split ?? ''].join(' ')
  const line = (points: readonly Point[], more: Partial<LineLayer>): LineLayer => ({
    ...{ kind: 'line', key, style, points, total, of: run ?? group.key },
    label: split === null ? name : `${name}, ${splitTitle(split)}`,
    ...more
  })
  const raw = zip(curve.x, curve.y)
  if (role === 'member') return { faint: [line(raw, { faint: true })], bands: [], lines: [] }
  const bands: BandLayer[] =
    low && high && !recedes
      ? bandPieces(curve).map((points, i) => ({
          ...{ kind: 'band', key: `${key} band ${i}`, label: name, color: style.color, points },
          of: group.key
        }))
      : []
  const drawn = smooth
    ? line(zip(smooth.x, smooth.y), { total: smooth.x.length, endLabel: name })
    : line(raw, { endLabel: name })
  return {
    faint: smooth ? [line(raw, { key: `${key} raw`, faint: true })] : [],
    bands,
    lines: [recedes ? { ...drawn, faint: true } : drawn]
  }
}

/** A band is interrupted where a single member has no spread. */
function bandPieces({ x, low, high }: CurveAnswer): BandLayer['points'][] {
  const pieces: [number, number, number][][] = [[]]
  x.forEach((at, i) => {
    const [bottom, top] = [low![i]!, high![i]!]
    if (bottom === null || top === null) pieces.push([])
    else pieces.at(-1)!.push([at, bottom, top])
  })
  return pieces.filter(({ length }) => length > 1)
}

const zip = (x: readonly number[], y: readonly (number | null)[]): Point[] =>
  x.map((at, i) => [at, y[i]!])

/** The dash of a split as it is everywhere, by its role. */
function splitDash(split: string, { runs }: ComparedGroup): LineStyle['dash'] {
  const [run] = runs
  const role = run && Object.hasOwn(splitRoles, split) ? splitOfRole(run, split as RoleName) : null
  const styles = Object.values(splitStyles).flat()
  const found = styles.find(({ name }) => name === (role?.name ?? split))
  return found?.dash ?? []
}

const bandWords: Record<Grouping['band'], string | null> = {
  none: null,
  minmax: 'minimum to maximum',
  sd: '± one standard deviation',
  se: '± one standard error',
  ci95: '95 % t interval'
}

/** "mean of 5 seeds, 95 % t interval", "n = 3 to 5", "smoothed 0.9, raw faint", "showing 2,000 of 200,000 points". */
function notesOf(
  view: CurvesView,
  lines: readonly LineLayer[],
  curves: readonly CurveAnswer[]
): string[] {
  const { group, smoothing } = view
  const n = curves.flatMap((curve) => curve.n ?? [])
  const [least, most] = [Math.min(...n), Math.max(...n)]
  return [
    ...(group && n.length > 0
      ? [
          [group.centre, bandWords[group.band]].filter(Boolean).join(', '),
          least === most ? `n = ${most}` : `n = ${least} to ${most}`
        ]
      : []),
    ...(smoothing > 0 ? [`smoothed ${smoothing}, raw faint`] : []),
    // Smoothed curves repeat the points of the raw ones.
    pointsNote(smoothing > 0 ? lines.filter(({ faint }) => faint) : lines)
  ]
}

/** By data set: parsing one, and counting the answers of an equation, is too slow for every drawing. */
const knownChance = new WeakMap<object, readonly Layer[]>()

function chanceOf({ config }: RunRow): readonly Layer[] {
  const dataset = config['dataset']
  if (typeof dataset !== 'object' || dataset === null) return []
  const found = knownChance.get(dataset) ?? chanceRules(config)
  knownChance.set(dataset, found)
  return found
}

/** The guessers of the runs' data, where all of them have the same. */
function commonChance(runs: readonly RunRow[]): readonly Layer[] {
  const all = runs.map(chanceOf)
  const first = JSON.stringify(all[0] ?? [])
  return all.every((rules) => JSON.stringify(rules) === first) ? (all[0] ?? []) : []
}

function captionOf({ view, groups }: ComparisonSpec): string {
  const runs = new Set(groups.flatMap((group) => group.runs.map(({ id }) => id))).size
  const count = (n: number, one: string): string =>
    `${n.toLocaleString('en')} ${one}${n === 1 ? '' : 's'}`
  const { group, smoothing, align } = view
  const over =
    group && group.by.length > 0
      ? `the runs that agree in ${group.by.map(settingLabel).join(' and ')}`
      : "each group's seeds"
  const sentences = [
    group
      ? `${count(groups.length, 'group')} of ${count(runs, 'run')}: the ${group.centre} over ${over}` +
        (bandWords[group.band] ? ` with its band (${bandWords[group.band]})` : '') +
        `, at every step that one of them recorded; ${groups.map((g) => `${g.label}, n = ${g.runs.length} (${seedWords(g.runs)})`).join('; ')}`
      : `${count(runs, 'run')} (${seedWords(groups.flatMap((g) => g.runs))})`,
    ...(align === 'none' ? [] : [`0 is each run's ${align}`]),
    ...(smoothing > 0 ? [`Debiased moving average with weight ${smoothing} of the past`] : []),
    ...(view.xScale === 'log' ? [`${quantities[view.x].label} is logarithmic`] : [])
  ]
  return sentences.map((s) => `${s[0]!.toUpperCase()}${s.slice(1)}.`).join(' ')
}
