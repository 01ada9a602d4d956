/** Whole figures in SVG and PDF, as librsvg and poppler see them. */
import { afterAll, describe, expect, it } from 'vitest'
import { writePdf } from '../../../src/main/figures/pdf'
import { drawFigure } from '../../../src/shared/figure/drawing/draw-figure'
import { flatten } from '../../../src/shared/figure/drawing/drawing'
import { FigureSettings } from '../../../src/shared/figure/drawing/settings'
import { writeSvg } from '../../../src/shared/figure/svg'
import { allFigures, oneRun } from '../../support/figures'
import {
  cairo,
  difference,
  noReaders,
  pdfWords,
  removeFolders,
  rsvg
} from '../../support/figure-tools'
import { parseXml } from '../../support/xml'

afterAll(removeFolders)

const zoom = 3

describe.skipIf(noReaders)(`figures${noReaders ? ` (${noReaders})` : ''}`, () => {
  for (const [name, figure] of Object.entries(allFigures)) {
    const settings = FigureSettings.parse({ caption: true, journal: 'a4' })
    const drawing = drawFigure(figure, settings)

    it(`${name}: PDF and SVG look the same, and the SVG is XML`, async () => {
      const svg = writeSvg(drawing)
      expect(parseXml(svg).name).toBe('svg')
      const apart = difference(rsvg(svg, zoom), cairo(await writePdf(drawing), zoom))
      expect(apart.mean).toBeLessThan(4)
      expect(apart.share).toBeLessThan(0.006)
    })

    it(`${name}: every word is found in the PDF, within the page and apart from the others`, async () => {
      const words = pdfWords(await writePdf(drawing))
      const expected = [...flatten(drawing.marks)].flatMap((mark) =>
        mark.kind === 'text' ? mark.text.split(' ').filter(Boolean) : []
      )
      expect(words.map(({ text }) => text).sort()).toEqual(expected.sort())
      for (const word of words) {
        expect(word.xMin).toBeGreaterThanOrEqual(0)
        expect(word.xMax).toBeLessThanOrEqual(drawing.width)
        // poppler's boxes are a line high, which is more than the letters.
        expect(word.yMin).toBeGreaterThanOrEqual(-2)
        expect(word.yMax).toBeLessThanOrEqual(drawing.height + 2)
      }
    })
  }

  it('draw a curve where its values lie', () => {
    const svg = writeSvg(drawFigure(oneRun, FigureSettings.parse({ notes: false, journal: 'a4' })))
    const picture = rsvg(svg, zoom)
    // OOD accuracy begins at 0.31: find its colour (#d55e00) just right of the axis.
    const rows = (x: number): number[] =>
      Array.from({ length: picture.height }, (_, y) => y).filter((y) => {
        const [r, g, b] = picture.at(x, y)
        return Math.abs(r - 213) + Math.abs(g - 94) + Math.abs(b) < 30
      })
    const [y0, y1] = [tickHeight(svg, '0'), tickHeight(svg, '1')].map((y) => y * zoom) as [
      number,
      number
    ]
    const axis = plotLeft(svg) * zoom
    const found = rows(Math.round(axis) + 6)
    const middle = found.reduce((sum, y) => sum + y + 0.5, 0) / found.length
    expect((y0 - middle) / (y0 - y1)).toBeCloseTo(0.31, 2)
  })
})

/** The line's middle of a label of the vertical axis: half a capital above its base line. */
function tickHeight(svg: string, label: string): number {
  const match = new RegExp(
    `<text x="([\\d.]+)" y="([\\d.]+)"[^>]*text-anchor="end"[^>]*>${label}<`
  ).exec(svg)!
  const size = Number(/font-size="([\d.]+)"/.exec(match[0])![1])
  return Number(match[2]) - (0.688 * size) / 2
}

/** The left end of the horizontal axis: the first path that begins with a level line below the curves. */
function plotLeft(svg: string): number {
  const [, x] = /<path d="M([\d.]+) ([\d.]+)L[\d.]+ \2M\1 \2L\1 /.exec(svg)!
  return Number(x)
}
