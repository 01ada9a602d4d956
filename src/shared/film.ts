/** The sequence of an inspection over checkpoints as a film: how it is drawn is the same everywhere. */
import { z } from 'zod'
import { FigureSettings } from './figure/drawing/settings'

export const filmFormats = ['gif', 'zip'] as const
export const FilmFormat = z.enum(filmFormats)
export type FilmFormat = z.infer<typeof FilmFormat>

/** So many frames at most: more are larger than anybody sends. */
export const mostFrames = 400

export const filmSettings: FigureSettings = FigureSettings.parse({
  ...{ title: true, width: 180, dpi: 130, font: 8 }
})

export const filmTypes: Record<FilmFormat, string> = { gif: 'image/gif', zip: 'application/zip' }

/** Of one frame. */
export const usualDelayMs = 250
