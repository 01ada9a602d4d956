/** How runs, and groups of runs, are drawn: by numbers that each keeps for ever. */
import type { LineStyle } from './split-styles'

const hues = 8
/** Of a hue (palette.ts): as it is, then lighter or darker. */
const lightnesses = ['', '-second', '-third'] as const
const dashes: readonly (readonly number[])[] = [[], [7, 4], [9, 3, 2, 3], [0.5, 4]]
const markers: readonly LineStyle['marker'][] = [
  'circle',
  'triangle',
  'rect',
  'rectRot',
  'crossRot'
]

/** What decides how a run is drawn. */
export interface RunLook {
  /** Of its config: eight hues, then the same eight with other dashes. After 32 it begins anew. */
  color: number
  /** Which of the runs of its config it is: each has another lightness and another dash. After 12 it begins anew. */
  shade: number
}

/**
 * The one style of a run, wherever it is drawn or named.
 * @param look whole numbers, from 0
 */
export function runStyle({ color, shade }: RunLook): LineStyle {
  const dash = dashes[(Math.floor(color / hues) + shade) % dashes.length]!
  return {
    color: `--run-${(color % hues) + 1}${lightnesses[shade % lightnesses.length]}`,
    dash,
    width: dash.length > 0 && dash[0]! < 1 ? 2.25 : 1.75,
    marker: markers[color % markers.length]!
  }
}

/** The style of a group of runs: of what they have in common, without a lightness of its own. */
export const groupStyle = (color: number): LineStyle => runStyle({ color, shade: 0 })
