/** Figures and tables as they come over a wire or out of a file: every value checked, every colour known. */
import { z } from 'zod'
import type { TableData } from '../table-data'
import type { Figure } from './figure'
import { palette } from './palette'

const text = z.string().max(20_000)
const finite = z.number()
const pair = z.tuple([finite, finite])

/** A name of the palette, or `#rrggbb`. */
const Color = z
  .string()
  .refine((color) => Object.hasOwn(palette, color) || /^#[0-9a-f]{6}$/i.test(color), {
    message: 'is no colour of the palette and not #rrggbb'
  })

const Marker = z.enum(['circle', 'triangle', 'rect', 'rectRot', 'crossRot'])
const LineStyle = z.object({
  ...{ color: Color, marker: Marker, width: finite.min(0).max(20) },
  dash: z.array(finite.min(0).max(1000)).max(8)
})

const Tick = z.object({ position: finite, label: text })
const Axis = z.object({
  label: text,
  scale: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('linear') }),
    z.object({ kind: z.literal('log'), zero: finite.nullable() }),
    z.object({ kind: z.literal('symlog'), unit: finite.positive() }),
    z.object({ kind: z.literal('category'), labels: z.array(text).max(2000) })
  ]),
  domain: pair,
  ticks: z.array(Tick).max(2000)
})

const named = { key: text, label: text, of: text.optional() }
const step = z.literal('after').optional()

const Layer = z.discriminatedUnion('kind', [
  z.object({
    ...{ ...named, kind: z.literal('line'), style: LineStyle, step, faint: z.boolean().optional() },
    ...{ points: z.array(z.tuple([finite, finite.nullable()])), total: z.int().min(0) },
    endLabel: text.optional()
  }),
  z.object({
    ...{ ...named, kind: z.literal('band'), color: Color, step },
    points: z.array(z.tuple([finite, finite, finite]))
  }),
  z.object({
    ...{ ...named, kind: z.literal('dots'), marker: Marker },
    dots: z.array(
      z.object({
        ...{ x: finite, y: finite, id: text, title: text, color: Color },
        hollow: z.boolean().optional(),
        aside: pair.optional()
      })
    )
  }),
  z.object({
    ...{ ...named, kind: z.literal('cells'), range: pair, quantity: text },
    ...{ ramp: z.enum(['sequential', 'diverging']), ends: z.tuple([text, text]).optional() },
    cells: z.array(
      z.object({
        ...{ x: finite, y: finite, value: finite.nullable(), text: text.optional(), title: text },
        ids: z.array(text).optional()
      })
    )
  }),
  z.object({
    ...{ ...named, kind: z.literal('boxes') },
    boxes: z.array(
      z.object({
        ...{ x: finite, low: finite, q1: finite, median: finite, q3: finite, high: finite },
        ...{ n: z.int(), color: Color, label: text }
      })
    )
  }),
  z.object({
    ...{ ...named, kind: z.literal('axes') },
    axes: z.array(z.object({ x: finite, label: text, ticks: z.array(Tick).max(2000) })).max(100)
  }),
  z.object({ ...named, kind: z.literal('rule'), axis: z.enum(['x', 'y']), at: finite }),
  z.object({
    ...{ ...named, kind: z.literal('events') },
    marks: z.object({
      ticks: z.array(z.object({ key: text, x: finite, color: Color, title: text })),
      brackets: z.array(
        z.object({
          ...{ key: text, from: finite, to: finite.nullable(), color: Color, label: text },
          title: text
        })
      )
    })
  })
])

export const FigureSchema: z.ZodType<Figure, Figure> = z.object({
  ...{ title: text, columns: z.int().min(1).max(20), caption: text },
  panels: z
    .array(
      z.object({
        ...{ key: text, title: text, notes: z.array(text), x: Axis, y: Axis },
        layers: z.array(Layer)
      })
    )
    .min(1)
    .max(60),
  legend: z.array(
    z.object({ key: text, label: text, style: z.union([LineStyle, z.object({ color: Color })]) })
  )
})

export const TableSchema: z.ZodType<TableData, TableData> = z
  .object({
    ...{ title: text, caption: text },
    columns: z
      .array(
        z.object({
          ...{ name: text, label: text, type: z.enum(['text', 'number', 'boolean']) },
          best: z.enum(['highest', 'lowest']).optional()
        })
      )
      .max(500),
    rows: z.array(z.array(z.union([z.string(), finite, z.boolean(), z.null()])))
  })
  .refine(({ columns, rows }) => rows.every((row) => row.length === columns.length), {
    message: 'a row has not as many cells as there are columns'
  })
