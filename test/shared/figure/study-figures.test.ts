/** Charts of a study as files: what the page shows, in the places where it shows it. */
import { describe, expect, it } from 'vitest'
import { drawFigure } from '@shared/figure/drawing/draw-figure'
import { flatten } from '@shared/figure/drawing/drawing'
import { FigureSettings } from '@shared/figure/drawing/settings'
import type { CellLayer, Figure } from '@shared/figure/figure'
import { FigureSchema } from '@shared/figure/figure-schema'
import { rampColor, ramps, rampShare } from '@shared/figure/palette'
import { phaseFigure, survivalFigure } from '@shared/figure/study-figures'
import { riskTable } from '@shared/figure/survival-figure'
import { writeSvg } from '@shared/figure/svg'
import { compareGroups } from '@shared/statistics/group-comparison'
import type { PhaseCell } from '@shared/study-phase'
import { named, parseXml } from '../../support/xml'

/** The words of the file, from the figure as it comes over the wire. */
function wordsOf(figure: Figure): string[] {
  const sent = FigureSchema.parse(JSON.parse(JSON.stringify(figure)))
  const settings = FigureSettings.parse({ caption: true })
  return named(parseXml(writeSvg(drawFigure(sent, settings))), 'text').map(({ text }) => text)
}

describe('survival curves in a file', () => {
  const life = (step: number, event = true) => ({ step, event })
  const groups = [
    { key: 'gpt2', lifetimes: [life(100), life(200), life(400, false)] },
    { key: 'mamba', lifetimes: [life(300), life(400)] }
  ]
  const figure = survivalFigure(
    {
      ...{ title: 'Generalised on OOD', yLabel: 'fraction of runs', bands: true },
      ...{ groups: compareGroups(groups).groups, xScale: 'linear' }
    },
    (steps) => riskTable(groups, steps)
  )

  it('have a curve per group, named, and who is at risk in the caption', () => {
    const lines = figure.panels[0]!.layers.filter(({ kind }) => kind === 'line')
    expect(lines.map(({ key }) => key)).toEqual(['gpt2', 'mamba'])
    expect(figure.caption).toContain('gpt2 2 of 3 runs; mamba 2 of 2 runs')
    // Counted by hand: a run is at risk at a step that it has not passed.
    expect(figure.caption).toMatch(
      /at risk at step 0, 100, 200, 300, 400: gpt2 3, 3, 2, 1, 1; mamba 2, 2, 2, 2, 1\./
    )
    expect(wordsOf(figure)).toEqual(expect.arrayContaining(['gpt2', 'mamba', 'fraction of runs']))
  })
})

describe('a phase diagram in a file', () => {
  const cell = (x: string, y: string, over: Partial<PhaseCell>): PhaseCell => ({
    ...{ x, y, results: [], runs: 2, events: 1, failures: 0, value: null, censored: false },
    ...over
  })
  const axis = (name: string, ...labels: string[]) => ({
    ...{ name, label: name, points: labels.map((label) => ({ label })) }
  })
  const figure = phaseFigure({
    ...{ title: 'Edge', quantity: 'median delay', measure: 'delay' },
    ...{ x: axis('entities', '100', '200'), y: axis('phi', '3.6', '7.2') },
    cells: [
      cell('100', '3.6', { value: 1200 }),
      cell('200', '3.6', { value: 20_000, censored: true }),
      cell('100', '7.2', { value: 400, failures: 1 }),
      cell('200', '7.2', { runs: 0 })
    ]
  })
  const layer = figure.panels[0]!.layers[0] as CellLayer

  it('has the first row at the top, values with their runs, bounds and failures', () => {
    const { y } = figure.panels[0]!
    expect(y.ticks.map(({ label }) => label)).toEqual(['7.2', '3.6'])
    expect(layer.cells.map(({ x, y, text }) => [x, y, text])).toEqual([
      [0, 1, '1,200 · 2'],
      [1, 1, '> 20,000 · 2'],
      [0, 0, '400 · 2 ×1'],
      [1, 0, 'n 0']
    ])
    expect(layer.range).toEqual([400, 20_000])
    expect(figure.caption).toBe(
      'Edge: median delay by entities and phi; after the dot: runs per cell; ×: failed; >: median not reached.'
    )
    expect(wordsOf(figure)).toEqual(expect.arrayContaining(['1,200 · 2', 'entities', 'phi', '3.6']))
  })

  it('says that a cell is empty, and gives a uniform diagram the middle of the ramp', () => {
    expect(wordsOf(figure)).toContain('n 0')
    const same = phaseFigure({
      ...{ title: 'Edge', quantity: 'median delay', measure: 'delay', y: null },
      ...{ x: axis('entities', '100', '200') },
      cells: [cell('100', '', { value: 7 }), cell('200', '', { value: 7 })]
    })
    const drawing = drawFigure(same, FigureSettings.parse({}))
    const fills = [...flatten(drawing.marks)].flatMap((mark) =>
      mark.kind === 'rect' && mark.fill ? mark.fill.color : []
    )
    // What the page's table takes for the same cells (views/Studies/Phase.svelte).
    const color = rampColor('sequential', rampShare('sequential', [7, 7], 7), 'print')
    expect(fills.filter((fill) => fill === color)).toHaveLength(2)
    expect(color).toBe(ramps.sequential.print[3])
  })

  it('can be drawn of one axis, and of one value', () => {
    const one = phaseFigure({
      ...{ title: 'Edge', quantity: 'median delay', measure: 'delay', y: null },
      ...{ x: axis('entities', '100'), cells: [cell('100', '', { value: 7 })] }
    })
    expect(wordsOf(one)).toContain('7 · 2')
  })
})
