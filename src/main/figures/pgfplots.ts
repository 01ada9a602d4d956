/**
 * A figure as pgfplots source with its data in it: to be typeset in the paper's own font and changed there. Axes that
 * pgfplots has itself (linear, logarithmic) hold the values; where 0 is set apart on a logarithmic axis the values
 * stand beside their positions, which are drawn.
 */
import type { Axis, Figure, LegendEntry, Panel } from '@shared/figure/figure'
import { findJournal } from '@shared/figure/journals'
import { inMono } from '@shared/figure/drawing/mono'
import type { FigureSettings } from '@shared/figure/drawing/settings'
import { latexText } from './latex-text'
import { Colors, isLog, layerSource, lineOptions, number, oneLine } from './pgfplots-layers'

const heightToWidth = 0.62

export function writePgfplots(shown: Figure, settings: FigureSettings): string {
  const figure = settings.theme === 'mono' ? inMono(shown) : shown
  const medium = settings.theme === 'mono' ? 'print' : settings.theme
  const colors = new Colors(medium)
  const journal = findJournal(settings.journal)
  const columns = Math.min(figure.columns, figure.panels.length)
  const width = (settings.width ?? journal.width) / columns
  const height = settings.height
    ? settings.height / Math.ceil(figure.panels.length / columns)
    : width * heightToWidth
  const legend = settings.legend === 'none' ? [] : figure.legend
  const panels = figure.panels.map((panel, i) =>
    panelSource(panel, i === 0 ? legend : [], colors, [width, height])
  )
  return `${[
    `% ${oneLine(figure.title)}`,
    `% ${oneLine(figure.caption)}`,
    '% In the preamble:',
    '%   \\usepackage{pgfplots}',
    '%   \\pgfplotsset{compat=1.17}',
    '%   \\usepgfplotslibrary{groupplots,statistics}',
    '% Compile twice: the legend is placed in the second run.',
    ...colors.definitions(),
    '\\begin{tikzpicture}',
    `\\begin{groupplot}[group style={group size=${columns} by ${Math.ceil(figure.panels.length / columns)}, horizontal sep=2cm, vertical sep=2cm}, scale only axis=false]`,
    ...panels,
    '\\end{groupplot}',
    ...(legend.length > 0
      ? [
          '\\node[anchor=south west] at ([yshift=4ex]group c1r1.north west) {\\pgfplotslegendfromname{grokscope}};'
        ]
      : []),
    '\\end{tikzpicture}'
  ].join('\n')}\n`
}

function axisOptions(name: 'x' | 'y', axis: Axis): string[] {
  const value = (position: number): number => (isLog(axis) ? 10 ** position : position)
  const [low, high] = axis.domain.map(value)
  const ticks = axis.ticks.filter(
    ({ position }) => position >= axis.domain[0] - 1e-9 && position <= axis.domain[1] + 1e-9
  )
  return [
    `${name}label={${latexText(axis.label)}}`,
    ...(isLog(axis) ? [`${name}mode=log`] : []),
    `${name}min=${number(low!)}, ${name}max=${number(high!)}`,
    `${name}tick={${ticks.map(({ position }) => number(value(position))).join(',')}}`,
    `${name}ticklabels={${ticks.map(({ label }) => `{${latexText(label)}}`).join(',')}}`
  ]
}

function panelSource(
  panel: Panel,
  legend: readonly LegendEntry[],
  colors: Colors,
  [width, height]: readonly [number, number]
): string {
  const options = [
    `title={${latexText(panel.title)}}`,
    `width=${number(width)}mm, height=${number(height)}mm`,
    'axis lines*=left, tick align=outside, axis on top, clip marker paths=true',
    'unbounded coords=jump, filter discard warning=false',
    ...axisOptions('x', panel.x),
    ...axisOptions('y', panel.y),
    ...(panel.x.scale.kind === 'category' && panel.x.scale.labels.join('').length > 40
      ? ['x tick label style={rotate=30, anchor=north east}']
      : []),
    ...(legend.length > 0
      ? [
          'legend to name=grokscope, legend columns=2, legend style={draw=none}, legend cell align=left'
        ]
      : [])
  ]
  return [
    ...panel.notes.map((note) => `% ${oneLine(note)}`),
    `\\nextgroupplot[\n  ${options.join(',\n  ')}]`,
    ...panel.layers.flatMap((layer) => layerSource(layer, panel, colors)),
    ...legend.flatMap(({ label, style }) => [
      `\\addlegendimage{${'dash' in style ? lineOptions(style, colors) : `only marks, mark=square*, color=${colors.name(style.color)}`}}`,
      `\\addlegendentry{${latexText(label)}}`
    ])
  ].join('\n')
}
