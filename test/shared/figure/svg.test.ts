import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeSvg } from '../../../src/shared/figure/svg'
import { everyMark } from '../../support/drawings'
import { named, parseXml } from '../../support/xml'

const withText = (text: string): string =>
  writeSvg({
    ...{ ...everyMark, title: text, description: text },
    marks: [
      {
        ...{ kind: 'text', text, x: 1, y: 10, size: 8, face: 'sans', color: '#000000' },
        anchor: 'start'
      },
      { kind: 'group', name: text, marks: [] }
    ]
  })

describe('a drawing as SVG', () => {
  const root = parseXml(writeSvg(everyMark))

  it('has its size in millimetres and its coordinates in points', () => {
    expect(root.attributes).toMatchObject({
      ...{ xmlns: 'http://www.w3.org/2000/svg', viewBox: '0 0 200 100' },
      ...{ width: '70.56mm', height: '35.28mm' }
    })
  })

  it('keeps text as text, in fonts that journals ask for', () => {
    const [first, second] = named(root, 'text')
    expect(first!.text).toBe('Loss <β> & co')
    expect(first!.attributes).toMatchObject({
      'font-family': expect.stringMatching(/^Arial, Helvetica,.*sans-serif$/) as string,
      'font-size': '10'
    })
    expect(second!.attributes).toMatchObject({
      'font-family': expect.stringMatching(/^Times New Roman, Times,.*serif$/) as string,
      ...{ 'font-weight': 'bold', 'text-anchor': 'middle', transform: 'rotate(-90 190 50)' }
    })
  })

  it('says what it shows and groups what belongs together', () => {
    expect(root.children.slice(0, 2).map(({ name, text }) => [name, text])).toEqual([
      ['title', 'Loss < 1 & "more"'],
      ['desc', 'β₂ = 0.98']
    ])
    const [group] = named(root, 'g')
    expect(named(group!, 'title')[0]!.text).toBe('a curve')
    expect(named(group!, 'path')[0]!.attributes).toMatchObject({
      ...{ d: 'M10 60L150 60M10 70L150 70', 'stroke-dasharray': '10 10', fill: 'none' }
    })
  })

  it('needs neither style sheets, scripts nor anything from elsewhere', () => {
    const names = new Set([
      ...named(root, 'style'),
      ...named(root, 'script'),
      ...named(root, 'image')
    ])
    expect(names.size).toBe(0)
    expect(writeSvg(everyMark)).not.toMatch(/style=|href|url\(/)
  })

  it('is the same every time', () => {
    expect(writeSvg(everyMark)).toBe(writeSvg(structuredClone(everyMark)))
  })

  it('holds any text, whatever characters it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        const [written] = named(parseXml(withText(text)), 'text')
        // XML has no place for control characters and halves of pairs, and reads line ends as \n.
        const kept = text
          // eslint-disable-next-line no-control-regex
          .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
          .replace(/\r\n?/g, '\n')
        expect(written!.text).toBe(kept)
      })
    )
  })

  it('refuses coordinates that are no numbers', () => {
    const bad = { ...everyMark, marks: [{ kind: 'circle', x: NaN, y: 1, r: 1 } as const] }
    expect(() => writeSvg(bad)).toThrow('a coordinate of NaN')
  })

  it('leaves out points that fall on one another', () => {
    const svg = writeSvg({
      ...everyMark,
      marks: [
        {
          ...{ kind: 'path', closed: false, stroke: { color: '#000000', width: 1 } },
          parts: [
            [
              [1, 1],
              [1.001, 1.002],
              [2, 2]
            ]
          ]
        }
      ]
    })
    expect(svg).toContain('d="M1 1L2 2"')
  })
})
