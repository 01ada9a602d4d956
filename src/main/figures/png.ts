/** A drawing as PNG: its SVG, rasterised with our own fonts, so that every machine makes the same picture. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { initWasm, Resvg } from '@resvg/resvg-wasm'
import { UserError } from '@shared/errors'
import type { Drawing } from '@shared/figure/drawing/drawing'
import { writeSvg } from '@shared/figure/svg'
import { faces } from './fonts'
import { withDensity } from './png-density'

const inch = 72
/** Beyond this a rasteriser needs gigabytes. */
const mostPixels = 120e6

let ready: Promise<void> | undefined
let buffers: Uint8Array[] | undefined

/** A rasterised drawing. */
export interface Picture {
  /** Pixels. */
  width: number
  height: number
  /** Four bytes a pixel, row by row. */
  rgba: Uint8Array
  /** The same as a file. */
  png: Uint8Array
}

/**
 * @param dpi dots per inch; written into the file, so that programs show the figure in its size
 * @throws {UserError} `figure.pixels` where the picture would be too large
 */
export async function rasterise(drawing: Drawing, dpi: number): Promise<Picture> {
  const [width, height] = [drawing.width, drawing.height].map((pt) => Math.round((pt * dpi) / inch))
  if (width! * height! > mostPixels) {
    throw new UserError(
      'figure.pixels',
      `A PNG of ${width} x ${height} pixels is more than can be drawn.`,
      'Ask for fewer dots per inch, or for SVG or PDF, which have none.'
    )
  }
  const file = createRequire(__filename).resolve('@resvg/resvg-wasm/index_bg.wasm')
  await (ready ??= initWasm(readFileSync(file)))
  buffers ??= Object.values(faces).map(({ file: path }) => readFileSync(path()))
  const renderer = new Resvg(writeSvg(drawing), {
    fitTo: { mode: 'width', value: width! },
    font: { fontBuffers: buffers, sansSerifFamily: 'Arimo', serifFamily: 'Tinos' }
  })
  const image = renderer.render()
  try {
    const png = withDensity(image.asPng(), dpi)
    return { width: image.width, height: image.height, rgba: image.pixels, png }
  } finally {
    image.free()
    renderer.free()
  }
}

/** The same as a PNG file alone. */
export const writePng = async (drawing: Drawing, dpi: number): Promise<Uint8Array> =>
  (await rasterise(drawing, dpi)).png
