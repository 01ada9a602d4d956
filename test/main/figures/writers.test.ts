/** One drawing as SVG, PDF and PNG, read by programs that are not ours. */
import { afterAll, describe, expect, it } from 'vitest'
import { decode } from 'fast-png'
import { writePdf } from '../../../src/main/figures/pdf'
import { writePng } from '../../../src/main/figures/png'
import { writeSvg } from '../../../src/shared/figure/svg'
import { everyMark } from '../../support/drawings'
import {
  cairo,
  difference,
  noReaders,
  pdfFonts,
  pdfText,
  pdfWords,
  readPicture,
  removeFolders,
  rsvg,
  type Picture
} from '../../support/figure-tools'

const zoom = 4

afterAll(removeFolders)

/** Colours at places of everyMark, in points. */
const places = [
  ['within the rectangle', 30, 25, [0, 114, 178]],
  ['within the circle', 80, 25, [213, 94, 0]],
  // #009e73 at half strength on white
  ['within the translucent area', 120, 25, [128, 207, 185]],
  ['on a dash', 15, 60, [0, 0, 0]],
  ['between dashes', 25, 60, [255, 255, 255]],
  ['on the second line', 15, 70, [0, 0, 0]],
  ['beside everything', 170, 80, [255, 255, 255]]
] as const

function expectPlaces(picture: Picture): void {
  expect([picture.width, picture.height]).toEqual([200 * zoom, 100 * zoom])
  for (const [name, x, y, color] of places) {
    const found = picture.at(x * zoom, y * zoom)
    const apart = Math.max(...found.map((value, i) => Math.abs(value - color[i]!)))
    expect(apart, `${name}: ${found.join()}`).toBeLessThanOrEqual(2)
  }
}

describe.skipIf(noReaders)(`SVG and PDF${noReaders ? ` (${noReaders})` : ''}`, () => {
  it('are drawn by librsvg and poppler where they should be', async () => {
    expectPlaces(rsvg(writeSvg(everyMark), zoom))
    expectPlaces(cairo(await writePdf(everyMark), zoom))
  })

  it('look the same', async () => {
    const apart = difference(
      rsvg(writeSvg(everyMark), zoom),
      cairo(await writePdf(everyMark), zoom)
    )
    expect(apart.mean).toBeLessThan(1.5)
    expect(apart.share).toBeLessThan(0.003)
  })

  it('hold text that can be found, in embedded fonts', async () => {
    const pdf = await writePdf(everyMark)
    expect(pdfText(pdf)).toContain('Loss <β> & co')
    expect(pdfText(pdf)).toContain('accuracy')
    const fonts = pdfFonts(pdf)
    for (const name of ['Arimo-Regular', 'Tinos-Bold'])
      expect(fonts).toMatch(new RegExp(`\\+${name} +CID TrueType +Identity-H +yes yes yes`))
    const word = pdfWords(pdf).find(({ text }) => text === 'Loss')!
    expect(word.xMin).toBeCloseTo(10, 0)
  })
})

describe('PDF', () => {
  it('is the same every time, whatever the time', async () => {
    const [first, second] = [await writePdf(everyMark), await writePdf(structuredClone(everyMark))]
    expect(Buffer.from(second).equals(first)).toBe(true)
  })

  it('has no background where that is transparent', async () => {
    const whole = await writePdf(everyMark)
    const bare = await writePdf({ ...everyMark, background: null })
    expect(bare.length).toBeLessThan(whole.length)
  })
})

describe('PNG', () => {
  it('has the pixels where they should be, and its resolution in it', async () => {
    const png = await writePng(everyMark, 72 * zoom)
    expectPlaces(readPicture(png))
    const { resolution } = decode(png, { checkCrc: true })
    // 288 dots per inch are 11338.6 per metre.
    expect(resolution).toEqual({ x: 11339, y: 11339, unit: 1 })
  })

  it.skipIf(noReaders)(`looks as librsvg draws the SVG${noReaders ?? ''}`, async () => {
    const apart = difference(
      readPicture(await writePng(everyMark, 72 * zoom)),
      rsvg(writeSvg(everyMark), zoom)
    )
    expect(apart.mean).toBeLessThan(1.5)
    expect(apart.share).toBeLessThan(0.003)
  })

  it('is the same every time', async () => {
    const [first, second] = [await writePng(everyMark, 100), await writePng(everyMark, 100)]
    expect(Buffer.from(second).equals(first)).toBe(true)
  })

  it('keeps a transparent background', async () => {
    const { data, channels } = decode(await writePng({ ...everyMark, background: null }, 72))
    expect(channels).toBe(4)
    expect(data[3]).toBe(0)
  })

  it('refuses a picture that no machine can draw', async () => {
    const poster = { ...everyMark, width: 3000, height: 3000 }
    await expect(writePng(poster, 2400)).rejects.toThrow('A PNG of 100000 x 100000 pixels')
  })
})
