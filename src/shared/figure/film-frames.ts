/**
 * Figures that follow one another as the frames of a film: one colour means one value, and one place one number, in all
 * of them. Panels belong together by their key.
 */
import type { Axis, Figure, Layer, Panel } from './figure'
import type { Range } from './scale'

export function alignFrames(figures: readonly Figure[]): Figure[] {
  const panels = figures.flatMap((figure) => figure.panels)
  const same = (panel: Panel): Panel[] => panels.filter(({ key }) => key === panel.key)
  return figures.map((figure) => ({
    ...figure,
    panels: figure.panels.map((panel) => {
      const all = same(panel)
      return {
        ...panel,
        x: widened(
          panel.x,
          all.map(({ x }) => x)
        ),
        y: widened(
          panel.y,
          all.map(({ y }) => y)
        ),
        layers: panel.layers.map((layer) => recoloured(layer, all))
      }
    })
  }))
}

/** The axis with the most ticks of the widest domain; categories are the same in all frames or nothing is. */
function widened(axis: Axis, all: readonly Axis[]): Axis {
  if (axis.scale.kind === 'category') return axis
  const domain = union(all.map((each) => each.domain))
  const widest = all.reduce((a, b) => (span(b.domain) > span(a.domain) ? b : a))
  return { ...axis, domain, ticks: widest.ticks }
}

function recoloured(layer: Layer, all: readonly Panel[]): Layer {
  if (layer.kind !== 'cells') return layer
  const ranges = all.flatMap(({ layers }) =>
    layers.flatMap((each) => (each.kind === 'cells' && each.key === layer.key ? [each.range] : []))
  )
  return { ...layer, range: union(ranges) }
}

const span = ([low, high]: Range): number => high - low

const union = (ranges: readonly Range[]): Range => [
  Math.min(...ranges.map(([low]) => low)),
  Math.max(...ranges.map(([, high]) => high))
]
