/** The layers of a panel as pgfplots commands. */
import type { Axis, Layer, Panel } from '@shared/figure/figure'
import { isDark } from '@shared/figure/mark-shapes'
import { colorIn, rampColor, rampShare } from '@shared/figure/palette'
import { positionOf } from '@shared/figure/scale'
import type { LineStyle } from '@shared/figure/split-styles'
import { latexText } from './latex-text'

const marks: Record<LineStyle['marker'], string> = {
  circle: '*',
  triangle: 'triangle*',
  rect: 'square*',
  rectRot: 'diamond*',
  crossRot: 'x'
}

/** Points per px of the screen: a dot of 4 px is one of 2 pt. */
const dotPt = 0.5

/** As line-shapes.ts: curves with more points have no markers. */
const markedPoints = 48

/** Text for a comment. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()

/** Names for the colours that are used, defined once. */
export class Colors {
  private readonly names = new Map<string, string>()
  constructor(readonly medium: 'light' | 'dark' | 'print') {}

  name(color: string): string {
    const hex = colorIn(this.medium, color).slice(1).toUpperCase()
    const known = this.names.get(hex) ?? `grokscope${this.names.size + 1}`
    this.names.set(hex, known)
    return known
  }

  definitions(): string[] {
    return [...this.names].map(([hex, name]) => `\\definecolor{${name}}{HTML}{${hex}}`)
  }
}

/** Whether pgfplots draws the axis by itself; else the positions are drawn. */
const isNative = ({ scale }: Axis): boolean =>
  scale.kind === 'linear' ||
  scale.kind === 'category' ||
  (scale.kind === 'log' && scale.zero === null)

export const isLog = ({ scale }: Axis): boolean => scale.kind === 'log' && scale.zero === null

const place = (axis: Axis, value: number): number | null =>
  isNative(axis) ? value : positionOf(value, axis.scale)

export const lineOptions = (style: LineStyle, colors: Colors, faint = false): string =>
  [
    `color=${colors.name(style.color)}`,
    `line width=${number(faint ? 0.4 : 0.55 * style.width)}pt`,
    ...(style.dash.length > 0
      ? [
          `dash pattern=${style.dash.map((px, i) => `${i % 2 === 0 ? 'on' : 'off'} ${number(0.6 * px)}pt`).join(' ')}`
        ]
      : []),
    ...(style.dash.length > 0 && style.dash[0]! < 1 ? ['line cap=round'] : []),
    ...(faint ? ['opacity=0.3'] : [])
  ].join(', ')

export function layerSource(layer: Layer, panel: Panel, colors: Colors): string[] {
  const at = (x: number, y: number): string | null => {
    const [px, py] = [place(panel.x, x), place(panel.y, y)]
    return px === null || py === null ? null : `${number(px)},${number(py)}`
  }
  switch (layer.kind) {
    case 'line': {
      const marker =
        !layer.faint && layer.points.length <= markedPoints
          ? `mark=${marks[layer.style.marker]}, mark size=1.2pt, mark options={solid, fill=white}`
          : 'no marks'
      const options = [
        lineOptions(layer.style, colors, layer.faint),
        marker,
        ...(layer.step ? ['const plot'] : []),
        'forget plot'
      ]
      // The value first, for whoever reads the file; where it has no place of its own, its position after it.
      const beside = [panel.x, panel.y].some((axis) => !isNative(axis))
      const rows = layer.points.map(([x, y]) => {
        const [px, py] = [place(panel.x, x), y === null ? null : place(panel.y, y)]
        const values = beside ? `${number(x)} ${y === null ? 'nan' : number(y)} ` : ''
        return `  ${values}${px === null ? 'nan' : number(px)} ${py === null ? 'nan' : number(py)} \\\\`
      })
      return [
        `% ${oneLine(layer.label)}`,
        `\\addplot[${options.join(', ')}] table[row sep=\\\\, x=px, y=py] {`,
        `  ${beside ? 'x y ' : ''}px py \\\\`,
        ...rows,
        '};'
      ]
    }
    case 'band': {
      const upper = layer.points.flatMap(([x, , high]) => at(x, high) ?? [])
      const lower = layer.points.flatMap(([x, low]) => at(x, low) ?? []).reverse()
      const corners = [...upper, ...lower].map((corner) => `(${corner})`)
      if (corners.length < 3) return []
      const fill = `fill=${colors.name(layer.color)}, fill opacity=0.18, draw=none, forget plot`
      return [
        `% ${oneLine(layer.label)}`,
        `\\addplot[${fill}] coordinates {${corners.join(' ')}} -- cycle;`
      ]
    }
    case 'dots':
      return [
        `% ${oneLine(layer.label)}`,
        ...layer.dots.flatMap(({ x, y, color, hollow, aside }) => {
          const point = at(x, y)
          const fill = hollow ? 'white' : colors.name(color)
          const moved = aside
            ? `, xshift=${number(dotPt * aside[0])}pt, yshift=${number(-dotPt * aside[1])}pt`
            : ''
          return point
            ? [
                `\\addplot[only marks, mark=${marks[layer.marker]}, mark size=2pt, draw=${colors.name(color)}, mark options={draw=${colors.name(color)}, fill=${fill}}${moved}, forget plot] coordinates {(${point})};`
              ]
            : []
        })
      ]
    case 'cells': {
      return layer.cells.flatMap(({ x, y, value, text }) => {
        const place = `(axis cs:${x},${y})`
        if (value === null) {
          return text
            ? [`\\node[font=\\footnotesize, text=black!60] at ${place} {${latexText(text)}};`]
            : []
        }
        const share = rampShare(layer.ramp, layer.range, value)
        const fill = rampColor(layer.ramp, share, colors.medium)
        const color = colors.name(fill)
        return [
          `\\fill[${color}] (axis cs:${x - 0.5},${y - 0.5}) rectangle (axis cs:${x + 0.5},${y + 0.5});`,
          ...(text
            ? [
                `\\node[font=\\footnotesize, text=${isDark(fill) ? 'white' : 'black'}] at ${place} {${latexText(text)}};`
              ]
            : [])
        ]
      })
    }
    case 'boxes':
      return layer.boxes.map((box) => {
        const prepared = [
          `lower whisker=${number(box.low)}, lower quartile=${number(box.q1)}`,
          `median=${number(box.median)}, upper quartile=${number(box.q3)}`,
          `upper whisker=${number(box.high)}, draw position=${number(box.x)}, box extend=0.5`
        ].join(', ')
        const color = colors.name(box.color)
        return `\\addplot[boxplot/draw direction=y, boxplot prepared={${prepared}}, draw=${color}, fill=${color}, fill opacity=0.15, draw opacity=1, forget plot] coordinates {}; % ${oneLine(box.label)}, n = ${box.n}`
      })
    case 'rule': {
      const value = place(layer.axis === 'x' ? panel.x : panel.y, layer.at)
      if (value === null) return []
      const corner = (rel: string): string =>
        layer.axis === 'x'
          ? `({axis cs:${number(value)},${number(inside(panel.y))}} |- {rel axis cs:0,${rel}})`
          : `({rel axis cs:${rel},0} |- {axis cs:${number(inside(panel.x))},${number(value)}})`
      const style = `${colors.name('--chart-guide')}, line width=0.5pt, dash pattern=on 1.2pt off 2.4pt`
      return [
        `\\draw[${style}] ${corner('0')} -- ${corner('1')} node[pos=0.02, anchor=south west, inner sep=1pt, font=\\footnotesize, fill=white, fill opacity=0.75, text opacity=1] {${latexText(layer.label)}};`
      ]
    }
    case 'events':
      return eventSource(layer, panel, colors)
    case 'axes':
      return layer.axes.flatMap(({ x, label, ticks }) => [
        `\\draw (axis cs:${number(x)},${number(panel.y.domain[0])}) -- (axis cs:${number(x)},${number(panel.y.domain[1])}) node[above, font=\\footnotesize] {${latexText(label)}};`,
        ...ticks.map(
          (tick) =>
            `\\node[anchor=west, font=\\footnotesize, inner sep=2pt] at (axis cs:${number(x)},${number(tick.position)}) {${latexText(tick.label)}};`
        )
      ])
    default:
      return layer satisfies never
  }
}

/** Any value that lies on an axis, for coordinates of which only the other one counts. */
const inside = (axis: Axis): number => (isLog(axis) ? 10 ** axis.domain[0] : axis.domain[0])

function eventSource(
  { marks: found }: Extract<Layer, { kind: 'events' }>,
  panel: Panel,
  colors: Colors
): string[] {
  const foot = (value: number, share: number): string =>
    `({axis cs:${number(value)},${number(inside(panel.y))}} |- {rel axis cs:0,${number(share)}})`
  const end = isLog(panel.x) ? 10 ** panel.x.domain[1] : panel.x.domain[1]
  return [
    ...found.ticks.flatMap(({ x, color, title }) => {
      const px = place(panel.x, x)
      return px === null
        ? []
        : [
            `\\draw[${colors.name(color)}, line width=0.9pt] ${foot(px, 0)} -- ${foot(px, 0.04)}; % ${oneLine(title)}`
          ]
    }),
    ...found.brackets.flatMap(({ from, to, color, label }, row) => {
      const [low, high] = [place(panel.x, from), to === null ? end : place(panel.x, to)]
      if (low === null || high === null) return []
      const y = 0.07 + 0.08 * row
      return [
        `\\draw[${colors.name(color)}, line width=0.9pt${to === null ? ', dashed' : ''}, |-|] ${foot(low, y)} -- ${foot(high, y)} node[midway, above, inner sep=1pt, font=\\footnotesize, text=black] {${latexText(label)}};`
      ]
    })
  ]
}

/** As TeX reads it: no exponent but a plain e, no more digits than can matter on paper. */
export const number = (value: number): string => String(Number(value.toPrecision(9)))
