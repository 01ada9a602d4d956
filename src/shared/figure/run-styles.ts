/** How runs, and groups of runs, are drawn: by a number that each keeps for ever. */
import type { LineStyle } from './split-styles'

const hues = 8
const dashes: readonly (readonly number[])[] = [[], [7, 4], [9, 3, 2, 3], [0.5, 4]]
const markers: readonly LineStyle['marker'][] = [
  'circle',
  'triangle',
  'rect',
  'rectRot',
  'crossRot'
]

/**
 * The style of a run by its colour number: eight hues, then the same eight with other dashes. After 32 it begins anew.
 * @param index whole, from 0
 */
export function runStyle(index: number): LineStyle {
  const dash = dashes[Math.floor(index / hues) % dashes.length]!
  return {
    color: `--run-${(index % hues) + 1}`,
    dash,
    width: dash.length > 0 && dash[0]! < 1 ? 2.25 : 1.75,
    marker: markers[index % markers.length]!
  }
}

/**
 * The style of a further seed of a config: its hue with another dash.
 * @param seed how many of the same colour are drawn before it, from 1
 */
export function seedStyle(index: number, seed: number): LineStyle {
  const { color, marker } = runStyle(index)
  return { ...runStyle((index % hues) + hues * (Math.floor(index / hues) + seed)), color, marker }
}
