/** A figure's data as one long table: a row for every value that is drawn. */
import type { CellValue, TableColumn, TableData } from '../table-data'
import type { Axis, Figure, Layer, Panel } from './figure'

/** Columns of the long table; those without a value in any row are left out. */
const columns = [
  ['panel', 'text'],
  ['kind', 'text'],
  ['series', 'text'],
  /** The run, or the group of runs. */
  ['of', 'text'],
  ['x', 'number'],
  ['x_label', 'text'],
  ['y', 'number'],
  ['y_label', 'text'],
  ['low', 'number'],
  ['q1', 'number'],
  ['median', 'number'],
  ['q3', 'number'],
  ['high', 'number'],
  ['n', 'number'],
  ['value', 'number'],
  ['text', 'text'],
  /** Known only to lie beyond. */
  ['censored', 'boolean']
] as const satisfies readonly (readonly [string, TableColumn['type']])[]

type Row = Partial<Record<(typeof columns)[number][0], CellValue>>

export function figureRows(figure: Figure): TableData {
  const rows = figure.panels.flatMap((panel) =>
    panel.layers.flatMap((layer) =>
      layerRows(layer, panel).map((row): Row => {
        const { kind, label: series, of } = layer
        return { panel: panel.title, kind, series, ...(of !== undefined && { of }), ...row }
      })
    )
  )
  const used = columns.filter(([name]) => rows.some((row) => row[name] != null))
  return {
    ...{ title: figure.title, caption: figure.caption },
    columns: used.map(([name, type]) => ({ name, label: name, type })),
    rows: rows.map((row) => used.map(([name]) => row[name] ?? null))
  }
}

function layerRows(layer: Layer, panel: Panel): Row[] {
  const x = (value: number): Row => named('x', value, panel.x)
  const y = (value: number | null): Row => (value === null ? {} : named('y', value, panel.y))
  switch (layer.kind) {
    case 'line':
      return layer.points.map(([at, value]) => ({ ...x(at), ...y(value) }))
    case 'band':
      return layer.points.map(([at, low, high]) => ({ ...x(at), low, high }))
    case 'dots':
      return layer.dots.map(({ id, title, hollow = false, ...dot }) => {
        return { ...x(dot.x), ...y(dot.y), of: id, text: title, censored: hollow }
      })
    case 'cells':
      return layer.cells.map(({ value, text, ...cell }) => ({
        ...{ ...x(cell.x), ...y(cell.y), value },
        ...(text && { text })
      }))
    case 'boxes':
      return layer.boxes.map(({ low, q1, median, q3, high, n, label, ...box }) => {
        return { ...x(box.x), series: label, low, q1, median, q3, high, n }
      })
    case 'rule':
      return [layer.axis === 'x' ? x(layer.at) : y(layer.at)]
    case 'events':
      return [
        ...layer.marks.ticks.map((tick) => ({ ...x(tick.x), series: tick.key, text: tick.title })),
        ...layer.marks.brackets.map(({ key, from, to, title }): Row => {
          return { series: `${key} delay`, low: from, high: to, text: title }
        })
      ]
    // Axes say where values lie; those are in the lines.
    case 'axes':
      return []
    default:
      return layer satisfies never
  }
}

/** A value of an axis; on an axis of categories also the category. */
function named(name: 'x' | 'y', value: number, { scale }: Axis): Row {
  if (scale.kind !== 'category') return { [name]: value }
  const label = scale.labels[value]
  return label === undefined ? { [name]: value } : { [name]: value, [`${name}_label`]: label }
}
