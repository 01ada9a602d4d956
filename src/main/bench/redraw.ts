/** How long a page takes from an action to the pictures that follow from it, watched from outside. */
import type { Page } from 'playwright-core'

export interface Redraw {
  /** From the action to the frame after the first burst of strokes: what was at hand is drawn anew. */
  firstMs: number
  /** To the frame after the last one: what was read again is drawn. */
  lastMs: number
}

/** A page that strokes nothing for this long has drawn everything. */
const quietMs = 400
/** Strokes further apart than this belong to another picture. */
const burstMs = 30

/**
 * @param act JavaScript that does what a person would: a key, a click
 * @throws {Error} where nothing is drawn within ten seconds
 */
export function measureRedraw(page: Page, act: string): Promise<Redraw> {
  return page.evaluate<Redraw>(`new Promise((resolve, reject) => {
    const proto = CanvasRenderingContext2D.prototype
    const stroke = proto.stroke
    const bursts = []
    const from = performance.now()
    proto.stroke = function (...args) {
      const result = stroke.apply(this, args)
      const now = performance.now()
      const last = bursts.at(-1)
      if (last && now - last.end < ${burstMs}) last.end = now
      else bursts.push({ end: now, shown: null })
      const burst = bursts.at(-1)
      // Shown with the frame that follows the one in which it was stroked.
      requestAnimationFrame(() => requestAnimationFrame(() => (burst.shown = performance.now())))
      return result
    }
    const timer = setInterval(() => {
      const now = performance.now()
      const last = bursts.at(-1)
      if (!last && now - from > 10000) finish(() => reject(new Error('nothing was drawn')))
      if (last && last.shown !== null && now - last.end > ${quietMs}) {
        finish(() => resolve({ firstMs: bursts[0].shown - from, lastMs: last.shown - from }))
      }
    }, 20)
    function finish(then) {
      clearInterval(timer)
      proto.stroke = stroke
      then()
    }
    ${act}
  })`)
}
