/** Whether the names of curves stand at their ends or in a legend. */
import type { Figure, LineLayer } from '../figure'
import { endRoom } from './panel-plan'
import type { Style } from './style'

/** Names at the ends may take this share of a panel's width, and of its height. */
const [widest, highest] = [0.34, 0.8]
/** Height of a name, in px of the screen: line-shapes.ts sets them so far apart. */
const nameHeight = 15

export type NamePlaces = 'ends' | 'above' | 'none'

/** @param size of a panel, in points: its width with everything around the plot, and its plot's height */
export function namePlaces(
  { panels, legend }: Figure,
  [width, height]: readonly [number, number],
  style: Style
): NamePlaces {
  const wanted = style.settings.legend
  if (wanted !== 'auto') return wanted
  if (legend.length === 0) return 'none'
  const named = panels.map((panel) =>
    panel.layers.filter((layer): layer is LineLayer => layer.kind === 'line' && !!layer.endLabel)
  )
  // Whatever the legend explains must be named at an end, or the legend stays.
  const labels = new Set(named.flat().flatMap(({ key, label, of }) => [key, label, of]))
  const complete = legend.every(({ key, label }) => labels.has(key) || labels.has(label))
  const fit = panels.every(
    (panel, i) =>
      named[i]!.length > 0 &&
      endRoom(panel, style) <= widest * width &&
      named[i]!.length * nameHeight * style.scale <= highest * height
  )
  return complete && fit ? 'ends' : 'above'
}
