/** A figure in black and grey: what colour told apart is told apart by dash, marker and tone. */
import type { DotLayer, Figure, Layer, LineLayer, Panel } from '../figure'
import { positionOf } from '../scale'
import type { LineStyle } from '../split-styles'

/** Tones that stay apart in print, darkest first. */
const tones = ['#000000', '#6e6e6e', '#a8a8a8'] as const
const dashes: readonly (readonly number[])[] = [[], [7, 3], [0.5, 3.5], [9, 3, 2, 3], [3, 2.5]]
/** A curve with more points has no markers of its own (line-shapes.ts), and gets about so many. */
const [markedPoints, markersPerCurve] = [48, 7]
const markers: readonly LineStyle['marker'][] = [
  'circle',
  'triangle',
  'rect',
  'rectRot',
  'crossRot'
]

/** Every colour becomes a tone; lines of the same colour and dash keep looking alike. */
export function inMono(figure: Figure): Figure {
  const looks = new Map<string, number>()
  const number = (name: string): number => {
    const known = looks.get(name) ?? looks.size
    looks.set(name, known)
    return known
  }
  const styled = (style: LineStyle): LineStyle => {
    const n = number(`${style.color} ${style.dash.join(' ')}`)
    return {
      ...style,
      color: tones[Math.floor(n / dashes.length) % tones.length]!,
      dash: dashes[n % dashes.length]!,
      marker: markers[n % markers.length]!
    }
  }
  // Legend first: the tones then follow its order.
  const legend = figure.legend.map((entry) => ({
    ...entry,
    style:
      'dash' in entry.style ? styled(entry.style) : { color: toneOf(entry.style.color, number) }
  }))
  const layer = (one: Layer): Layer => {
    switch (one.kind) {
      case 'line':
        return { ...one, style: styled(one.style) }
      case 'band':
        return { ...one, color: '#555555' }
      case 'dots':
        return {
          ...one,
          dots: one.dots.map((dot) => ({ ...dot, color: toneOf(dot.color, number) }))
        }
      case 'boxes':
        return { ...one, boxes: one.boxes.map((box) => ({ ...box, color: '#000000' })) }
      case 'events': {
        const { ticks, brackets } = one.marks
        return {
          ...one,
          marks: {
            ticks: ticks.map((tick) => ({ ...tick, color: '#000000' })),
            brackets: brackets.map((bracket) => ({ ...bracket, color: '#000000' }))
          }
        }
      }
      case 'cells':
      case 'axes':
      case 'rule':
        return one
      default:
        return one satisfies never
    }
  }
  const panels = figure.panels.map((panel): Panel => {
    const layers = panel.layers.map(layer)
    const curves = layers.filter((one) => one.kind === 'line').filter(({ faint }) => !faint)
    const sparse = layers.some(({ kind }) => kind === 'axes')
    const marked = sparse
      ? []
      : curves.map((curve, i) => spacedMarkers(curve, i, curves.length, panel))
    return { ...panel, layers: [...layers, ...marked] }
  })
  return { ...figure, panels, legend }
}

const toneOf = (color: string, number: (name: string) => number): string =>
  tones[number(color) % tones.length]!

/** Markers on recorded points at about equal distances, so set that those of several curves do not coincide. */
function spacedMarkers(curve: LineLayer, rank: number, of: number, { x }: Panel): DotLayer {
  const [low, high] = x.domain
  const step = (high - low) / markersPerCurve
  const dots: DotLayer['dots'][number][] = []
  let next = low + step * ((rank + 0.5) / of)
  if (curve.points.length > markedPoints) {
    for (const [at, y] of curve.points) {
      const position = positionOf(at, x.scale)
      if (position === null || y === null || position < next || position > high) continue
      dots.push({ x: at, y, id: curve.of ?? '', title: '', color: curve.style.color, hollow: true })
      while (next <= position) next += step
    }
  }
  return { kind: 'dots', key: `${curve.key} markers`, label: '', marker: curve.style.marker, dots }
}
