/** Size and place of the window, remembered between starts in a small JSON file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

export const smallest = { width: 1024, height: 640 } as const

const Bounds = z.object({
  x: z.int().optional(),
  y: z.int().optional(),
  width: z.int().min(smallest.width),
  height: z.int().min(smallest.height),
  maximized: z.boolean().default(false)
})
export type Bounds = z.infer<typeof Bounds>

interface Area {
  x: number
  y: number
  width: number
  height: number
}

/** What was saved, or the usual size where nothing usable was. */
export function loadBounds(file: string): Bounds {
  const usual = { width: 1280, height: 800, maximized: false }
  try {
    const saved = Bounds.safeParse(JSON.parse(readFileSync(file, 'utf8')))
    return saved.success ? saved.data : usual
  } catch {
    // First start, or a file cut short: nothing is lost but a size.
    return usual
  }
}

export function saveBounds(file: string, bounds: Bounds): void {
  writeFileSync(file, JSON.stringify(bounds))
}

/**
 * The bounds without a position that no screen shows (a second monitor that is gone), and no larger than the
 * largest work area.
 */
export function onScreen(bounds: Bounds, areas: readonly Area[]): Bounds {
  const { x, y, maximized } = bounds
  const widest = Math.max(smallest.width, ...areas.map((a) => a.width))
  const tallest = Math.max(smallest.height, ...areas.map((a) => a.height))
  const width = Math.min(bounds.width, widest)
  const height = Math.min(bounds.height, tallest)
  // 80 px of the title bar must be within reach of the pointer.
  const reachable = areas.some(
    (a) =>
      x !== undefined &&
      y !== undefined &&
      x + width >= a.x + 80 &&
      x <= a.x + a.width - 80 &&
      y >= a.y &&
      y <= a.y + a.height - 80
  )
  return reachable ? { x: x!, y: y!, width, height, maximized } : { width, height, maximized }
}
