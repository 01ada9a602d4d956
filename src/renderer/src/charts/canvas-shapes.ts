/** Shapes of a panel (src/shared/figure/shapes.ts) on a canvas. */
import type { Path, Plot, Shape } from '@shared/figure/shapes'
import type { ChartTheme } from './chart-theme'

export function drawShapes(
  ctx: CanvasRenderingContext2D,
  shapes: readonly Shape[],
  { left, top, right, bottom }: Plot,
  theme: ChartTheme
): void {
  ctx.save()
  let clipped = false
  for (const shape of shapes) {
    if (shape.clip !== clipped) {
      if (clipped) ctx.restore()
      else {
        ctx.save()
        ctx.beginPath()
        ctx.rect(left, top, right - left, bottom - top)
        ctx.clip()
      }
      clipped = shape.clip
    }
    drawShape(ctx, shape, theme)
  }
  if (clipped) ctx.restore()
  ctx.restore()
}

function drawShape(ctx: CanvasRenderingContext2D, shape: Shape, theme: ChartTheme): void {
  const color = theme.color(shape.color)
  switch (shape.kind) {
    case 'line':
      ctx.strokeStyle = color
      ctx.lineWidth = shape.width
      ctx.lineCap = shape.round ? 'round' : 'butt'
      ctx.lineJoin = 'bevel'
      ctx.setLineDash([...shape.dash])
      ctx.globalAlpha = shape.opacity ?? 1
      trace(ctx, shape.paths)
      ctx.stroke()
      break
    case 'area':
      ctx.fillStyle = color
      ctx.globalAlpha = shape.opacity
      trace(ctx, shape.paths)
      ctx.fill()
      break
    case 'rect':
      ctx.globalAlpha = shape.opacity ?? 1
      if (shape.outline) {
        ctx.strokeStyle = color
        ctx.lineWidth = shape.outline
        ctx.setLineDash([])
        ctx.strokeRect(shape.x, shape.y, shape.width, shape.height)
      } else {
        ctx.fillStyle = color
        ctx.fillRect(shape.x, shape.y, shape.width, shape.height)
      }
      break
    case 'marker':
      ctx.strokeStyle = color
      ctx.fillStyle = shape.hollow ? theme.color('--chart-background') : color
      ctx.lineWidth = 1.25
      ctx.globalAlpha = 1
      ctx.setLineDash([])
      traceMarker(ctx, shape)
      if (shape.marker !== 'crossRot') ctx.fill()
      ctx.stroke()
      break
    case 'text':
      drawText(ctx, shape, theme)
      break
    default:
      shape satisfies never
  }
}

function trace(ctx: CanvasRenderingContext2D, paths: readonly Path[]): void {
  ctx.beginPath()
  for (const path of paths) {
    ctx.moveTo(path[0]!, path[1]!)
    for (let i = 2; i < path.length; i += 2) ctx.lineTo(path[i]!, path[i + 1]!)
  }
}

type Marker = Extract<Shape, { kind: 'marker' }>

function traceMarker(ctx: CanvasRenderingContext2D, { marker, x, y, radius: r }: Marker): void {
  ctx.beginPath()
  switch (marker) {
    case 'circle':
      ctx.arc(x, y, r, 0, 2 * Math.PI)
      break
    case 'triangle':
      ctx.moveTo(x, y - 1.2 * r)
      ctx.lineTo(x + 1.04 * r, y + 0.6 * r)
      ctx.lineTo(x - 1.04 * r, y + 0.6 * r)
      ctx.closePath()
      break
    case 'rect':
      ctx.rect(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r)
      break
    case 'rectRot':
      ctx.moveTo(x, y - 1.2 * r)
      ctx.lineTo(x + 1.2 * r, y)
      ctx.lineTo(x, y + 1.2 * r)
      ctx.lineTo(x - 1.2 * r, y)
      ctx.closePath()
      break
    case 'crossRot':
      ctx.moveTo(x - 0.8 * r, y - 0.8 * r)
      ctx.lineTo(x + 0.8 * r, y + 0.8 * r)
      ctx.moveTo(x - 0.8 * r, y + 0.8 * r)
      ctx.lineTo(x + 0.8 * r, y - 0.8 * r)
      break
    default:
      marker satisfies never
  }
}

function drawText(
  ctx: CanvasRenderingContext2D,
  shape: Extract<Shape, { kind: 'text' }>,
  theme: ChartTheme
): void {
  ctx.font = `12px ${theme.font}`
  ctx.textAlign = shape.align
  ctx.textBaseline = shape.baseline
  if (shape.halo) {
    ctx.setLineDash([])
    ctx.lineWidth = 4
    ctx.lineJoin = 'round'
    ctx.strokeStyle = theme.color('--chart-background')
    ctx.globalAlpha = shape.halo
    ctx.strokeText(shape.text, shape.x, shape.y)
  }
  ctx.globalAlpha = 1
  ctx.fillStyle = theme.color(shape.color)
  ctx.fillText(shape.text, shape.x, shape.y)
}
