/** Figures on paper: nothing leaves them, no text touches other text, sizes are those that were asked for. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawFigure } from '../../../../src/shared/figure/drawing/draw-figure'
import {
  flatten,
  mmToPt,
  type Box,
  type Drawing,
  type TextMark
} from '../../../../src/shared/figure/drawing/drawing'
import { textWidth } from '../../../../src/shared/figure/drawing/fonts'
import { FigureSettings } from '../../../../src/shared/figure/drawing/settings'
import type { Figure, Layer, Panel } from '../../../../src/shared/figure/figure'
import { findJournal, journals } from '../../../../src/shared/figure/journals'
import { groupStyle } from '../../../../src/shared/figure/run-styles'
import {
  allFigures,
  categoryAxis,
  groups,
  linearAxis,
  oneRun,
  stepAxis,
  steps,
  twoPanels
} from '../../../support/figures'

const draw = (figure: Figure, settings: Partial<FigureSettings> = {}): Drawing =>
  drawFigure(figure, FigureSettings.parse(settings))

const texts = (drawing: Drawing): TextMark[] =>
  [...flatten(drawing.marks)].filter((mark) => mark.kind === 'text')

const written = (drawing: Drawing): string[] => texts(drawing).map(({ text }) => text)

/** What the letters of a text cover: ascenders, and descenders where there are any. */
function boxOf({ text, x, y, size, face, anchor, upwards }: TextMark): Box {
  const width = textWidth(text, size, face)
  const before = { start: 0, middle: width / 2, end: width }[anchor]
  const [above, below] = [0.74 * size, /[gjpqy,;()|Q]/.test(text) ? 0.22 * size : 0.02 * size]
  return upwards
    ? { x: x - above, y: y - (width - before), width: above + below, height: width }
    : { x: x - before, y: y - above, width, height: above + below }
}

const overlap = (a: Box, b: Box): boolean =>
  Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 0.01 &&
  Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 0.01

/** What leaves the figure, and texts that touch: in words, for there should be none. */
function faults(drawing: Drawing): string[] {
  const { width, height } = drawing
  const found: string[] = []
  const check = (name: string, x0: number, y0: number, x1: number, y1: number): void => {
    const over = Math.max(-x0, -y0, x1 - width, y1 - height)
    if (!(over < 0.01)) found.push(`${name} leaves the figure by ${over} pt`)
  }
  for (const mark of flatten(drawing.marks)) {
    if (mark.kind === 'text') continue
    const half = (mark.stroke?.width ?? 0) / 2
    const [parts, r] =
      mark.kind === 'path'
        ? [mark.parts.flat(), half]
        : mark.kind === 'circle'
          ? [[[mark.x, mark.y] as const], mark.r + half]
          : [
              [[mark.x, mark.y] as const, [mark.x + mark.width, mark.y + mark.height] as const],
              half
            ]
    for (const [x, y] of parts) check(`a ${mark.kind}`, x - r, y - r, x + r, y + r)
  }
  const placed = texts(drawing).map((mark) => ({ text: mark.text, box: boxOf(mark) }))
  placed.forEach(({ text, box }, i) => {
    check(`"${text}"`, box.x, box.y, box.x + box.width, box.y + box.height)
    for (const other of placed.slice(i + 1)) {
      if (overlap(box, other.box))
        found.push(
          `"${text}" ${JSON.stringify(box)} touches "${other.text}" ${JSON.stringify(other.box)}`
        )
    }
  })
  return found
}

const expectTidy = (drawing: Drawing): void => expect(faults(drawing)).toEqual([])

const word = fc.string({ unit: fc.constantFrom(...'abgWi.0_'), minLength: 1, maxLength: 14 })
const phrase = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '))

const layersOf = (names: readonly string[], withEnds: boolean, ends: readonly number[]): Layer[] =>
  names.flatMap((name, i): Layer[] => [
    {
      ...{ kind: 'line', key: `${i}`, label: name, style: groupStyle(i), total: 40 },
      points: steps(50_000, 40).map((s, k) => [s, ((ends[i] ?? 0.5) * k) / 40] as const),
      ...(withEnds && { endLabel: name })
    }
  ])

const panel = fc
  .record({
    title: phrase,
    notes: fc.array(phrase, { maxLength: 2 }),
    label: phrase,
    names: fc.array(phrase, { minLength: 1, maxLength: 9 }),
    ends: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 }),
    withEnds: fc.boolean(),
    categories: fc.option(fc.array(phrase, { minLength: 1, maxLength: 9 })),
    rules: fc.array(fc.double({ min: 0.05, max: 0.95, noNaN: true }), { maxLength: 3 }),
    big: fc.boolean(),
    event: fc.option(phrase)
  })
  .map(({ title, notes, label, names, ends, withEnds, categories, rules, big, event }): Panel => {
    const curves = categories
      ? [
          {
            ...{ kind: 'boxes' as const, key: 'boxes', label },
            boxes: categories.map((name, x) => ({
              ...{ x, low: 0.1, q1: 0.2, median: 0.3, q3: 0.5, high: 0.9, n: 5 },
              ...{ color: '--run-1', label: name }
            }))
          }
        ]
      : layersOf(names, withEnds, ends)
    const layers: Layer[] = [
      ...rules.map((at, i): Layer => {
        return { kind: 'rule', key: `rule ${i}`, label: `${label} ${i}`, axis: 'y', at }
      }),
      ...curves
    ]
    if (event && !categories)
      layers.push({
        ...{ kind: 'events', key: 'events', label: 'events' },
        marks: {
          ticks: [{ key: 'a', x: 100, color: '--run-1', title: '' }],
          brackets: [
            { key: 'a', from: 100, to: 20_000, color: '--run-2', label: event, title: '' },
            { key: 'b', from: 100, to: null, color: '--run-3', label: event, title: '' }
          ]
        }
      })
    return {
      ...{ key: title, title, notes, layers },
      x: categories ? categoryAxis(label, categories) : stepAxis(50_000, label),
      y: linearAxis(label, 0, big ? 123_456_789 : 1)
    }
  })

const figures = fc
  .record({
    panels: fc.array(panel, { minLength: 1, maxLength: 5 }),
    columns: fc.integer({ min: 1, max: 3 }),
    title: phrase,
    caption: fc.array(phrase, { maxLength: 4 }).map((parts) => parts.join('. '))
  })
  .map(({ panels, ...rest }): Figure => ({
    ...{ ...rest, panels },
    legend: panels[0]!.layers.flatMap((layer) =>
      layer.kind === 'line' ? [{ key: layer.key, label: layer.label, style: layer.style }] : []
    )
  }))

const settings = fc.record({
  journal: fc.constantFrom(...journals.map(({ id }) => id)),
  theme: fc.constantFrom('print', 'mono', 'light', 'dark'),
  legend: fc.constantFrom('auto', 'above', 'ends', 'none'),
  title: fc.boolean(),
  letters: fc.boolean(),
  notes: fc.boolean(),
  caption: fc.boolean(),
  powers: fc.boolean()
})

describe('a figure on paper', () => {
  it('keeps everything within its edges and all text apart, whatever it shows', () => {
    fc.assert(
      fc.property(figures, settings, (figure, chosen) => {
        expectTidy(draw(figure, chosen as Partial<FigureSettings>))
      }),
      { numRuns: 300 }
    )
  })

  for (const [name, figure] of Object.entries(allFigures)) {
    it(`does so for ${name}, made for every place`, () => {
      for (const { id } of journals) {
        for (const theme of ['print', 'mono', 'dark'] as const)
          expectTidy(draw(figure, { journal: id, theme, caption: true, title: true }))
      }
    })
  }

  it('is as wide as the journal says, or as was asked', () => {
    expect(draw(oneRun).width).toBeCloseTo(mmToPt(89), 6)
    expect(draw(oneRun, { journal: 'icml-double' }).width).toBeCloseTo(6.75 * 72, 6)
    expect(draw(oneRun, { width: 120, height: 70 })).toMatchObject({
      width: mmToPt(120),
      height: mmToPt(70)
    })
  })

  it('is no higher than the journal has room for', () => {
    const tall: Figure = { ...oneRun, panels: [0, 1, 2, 3].map(() => oneRun.panels[0]!) }
    const { height } = draw(tall, { journal: 'nature-single' })
    expect(height).toBeLessThanOrEqual(mmToPt(170) + 0.01)
  })

  it('refuses a height without room for the plots, and says which would do', () => {
    let said = ''
    try {
      draw(twoPanels, { height: 20 })
    } catch (error) {
      said = (error as { hint: string }).hint
    }
    const least = Number(/At least (\d+) mm/.exec(said)?.[1])
    expect(least).toBeGreaterThan(20)
    expectTidy(draw(twoPanels, { height: least }))
  })

  it('has the text sizes of the journal, and no others', () => {
    const { text, small } = findJournal('nature-single')
    const sizes = new Set(texts(draw(twoPanels)).map(({ size }) => size))
    expect([...sizes].sort()).toEqual([small, text])
    const larger = new Set(texts(draw(twoPanels, { font: 14 })).map(({ size }) => size))
    expect(Math.max(...larger)).toBe(14)
  })

  it('names curves at their ends where there is room for all, else in a legend', () => {
    expect(written(draw(groups))).toEqual(expect.arrayContaining(['GPT-2', 'Mamba-1']))
    expect(written(draw(groups))).not.toContain('GPT-2, 3 seeds')
    expect(written(draw(groups, { legend: 'above' }))).toContain('GPT-2, 3 seeds')
    expect(written(draw(groups, { width: 40 }))).toContain('GPT-2, 3 seeds')
    const bare = written(draw(groups, { legend: 'none' }))
    expect(bare.some((text) => text.startsWith('GPT-2'))).toBe(false)
  })

  it('shows title, letters, notes and caption only where they are asked for', () => {
    const usual = written(draw(twoPanels))
    expect(usual).toEqual(expect.arrayContaining(['Accuracy', 'showing 61 of 2,431 points']))
    expect(usual).not.toContain(twoPanels.title)
    const options = { title: true, letters: true, notes: false, caption: true } as const
    const all = written(draw(twoPanels, { ...options, width: 300 }))
    expect(all).toEqual(expect.arrayContaining([twoPanels.title, 'a Accuracy', twoPanels.caption]))
    expect(all).not.toContain('showing 61 of 2,431 points')
  })

  it('writes powers of ten on logarithmic axes when asked', () => {
    expect(written(draw(oneRun))).toEqual(expect.arrayContaining(['0', '100', '10k']))
    expect(written(draw(oneRun, { powers: true }))).toEqual(
      expect.arrayContaining(['0', '10⁰', '10²', '10⁴'])
    )
  })

  it('tells lines apart without colour in mono', () => {
    const { marks } = draw(groups, { theme: 'mono', legend: 'above' })
    const colors = [...flatten(marks)].flatMap((mark) =>
      mark.kind === 'text' ? [mark.color] : [mark.stroke?.color, mark.fill?.color]
    )
    for (const color of colors) {
      if (color) expect(color).toMatch(/^#(..)\1\1$/)
    }
    const samples = [...flatten(marks)].filter((mark) => mark.kind === 'path').slice(0, 4)
    expect(samples).not.toHaveLength(0)
    const looks = new Set(
      draw(groups, { theme: 'mono', legend: 'above' })
        .marks.filter((mark) => mark.kind === 'path' && mark.parts[0]!.length === 2)
        .map((mark) => (mark.kind === 'path' ? JSON.stringify(mark.stroke?.dash) : ''))
    )
    expect(looks.size).toBe(4)
  })

  it('is the same every time', () => {
    expect(draw(structuredClone(groups))).toEqual(draw(groups))
  })
})
