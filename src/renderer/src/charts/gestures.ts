/** What panning and zooming do to the ends of an axis; everything in positions. */
import type { Range } from '@shared/figure/scale'

/** Moved by some positions, as far as the limits allow; the width stays. */
export function panned([low, high]: Range, by: number, [least, most]: Range): Range {
  const held = Math.min(Math.max(by, Math.min(0, least - low)), Math.max(0, most - high))
  return [low + held, high + held]
}

/** Narrowed (factor below 1) or widened about a position that stays where it is. */
export const zoomedAbout = ([low, high]: Range, about: number, factor: number): Range => [
  about + (low - about) * factor,
  about + (high - about) * factor
]
