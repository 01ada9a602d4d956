/** A sequence of figures as pictures of one size: PNG files, or a GIF (by gifenc: MIT, 10 kB, no dependency). */
import { createRequire } from 'node:module'
import type * as Gifenc from 'gifenc'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import type { FigureSettings } from '@shared/figure/drawing/settings'
import { alignFrames } from '@shared/figure/film-frames'
import type { Figure } from '@shared/figure/figure'
import { rasterise, type Picture } from './png'

/** The frames of a film, with common scales, all drawn in the same settings. */
export async function filmFrames(
  figures: readonly Figure[],
  settings: FigureSettings
): Promise<Picture[]> {
  const frames: Picture[] = []
  for (const figure of alignFrames(figures)) {
    frames.push(await rasterise(drawFigure(figure, settings), settings.dpi))
  }
  return frames
}

/**
 * A GIF that repeats for ever. Each frame has a palette of its own; smaller frames stand at the top left on white.
 * @param delayMs of each frame; GIF knows hundredths of a second
 */
export function writeGif(frames: readonly Picture[], delayMs: number): Uint8Array {
  // A package of CommonJS whose names no analysis finds.
  const { GIFEncoder, applyPalette, quantize } = createRequire(__filename)(
    'gifenc'
  ) as typeof Gifenc
  const width = Math.max(...frames.map((frame) => frame.width))
  const height = Math.max(...frames.map((frame) => frame.height))
  const gif = GIFEncoder()
  for (const frame of frames) {
    const pixels = onWhite(frame, width, height)
    const palette = quantize(pixels, 256)
    gif.writeFrame(applyPalette(pixels, palette), width, height, { palette, delay: delayMs })
  }
  gif.finish()
  return gif.bytes()
}

function onWhite(frame: Picture, width: number, height: number): Uint8Array {
  if (frame.width === width && frame.height === height) return frame.rgba
  const pixels = new Uint8Array(4 * width * height).fill(255)
  for (let y = 0; y < frame.height; y++) {
    pixels.set(frame.rgba.subarray(4 * y * frame.width, 4 * (y + 1) * frame.width), 4 * y * width)
  }
  return pixels
}
