/** Faults of a page that can be told without eyes: the rest is what the pictures are for. */
import type { Page } from 'playwright-core'

/** Runs in the page. Elements are told by their tag, class and text. */
const lookForCuts = `(() => {
  const name = (el) => el.tagName.toLowerCase() +
    (el.classList.length ? '.' + [...el.classList].filter((c) => !c.startsWith('svelte-')).join('.') : '') +
    ' "' + (el.getAttribute('aria-label') ?? el.textContent ?? '').trim().replace(/\\s+/g, ' ').slice(0, 48) + '"'
  const found = []
  const root = document.scrollingElement
  if (root.scrollWidth > innerWidth) found.push('the page scrolls sideways: ' + root.scrollWidth + ' of ' + innerWidth + ' px')
  const shown = (el) => el.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && !el.closest('.visually-hidden')
  const scrolls = (el, axis) => /auto|scroll/.test(getComputedStyle(el)['overflow' + axis])
  for (const el of document.querySelectorAll('button, a, input, select, textarea, h1, h2, [role=menuitem], summary')) {
    if (!shown(el) || el.classList.contains('visually-hidden')) continue
    const box = el.getBoundingClientRect()
    if (box.width === 0 || box.height === 0) continue
    // Out of sight with nothing around it that could be scrolled.
    let [left, right, top, bottom] = [box.left, box.right, box.top, box.bottom]
    let reachX = false, reachY = false
    for (let up = el.parentElement; up; up = up.parentElement) {
      const style = getComputedStyle(up)
      const around = up.getBoundingClientRect()
      if (scrolls(up, 'X')) reachX = true
      if (scrolls(up, 'Y')) reachY = true
      if (style.textOverflow === 'ellipsis') reachX = true
      if (!reachX && /hidden|clip/.test(style.overflowX) && (right > around.right + 1 || left < around.left - 1)) { found.push('cut off at the side: ' + name(el)); break }
      if (!reachY && /hidden|clip/.test(style.overflowY) && (bottom > around.bottom + 1 || top < around.top - 1)) { found.push('cut off above or below: ' + name(el)); break }
      if (reachX && reachY) break
      if (style.position === 'fixed') {
        if (!reachX && (right > innerWidth + 1 || left < -1)) found.push('beyond the window at the side: ' + name(el))
        if (!reachY && (bottom > innerHeight + 1 || top < -1)) found.push('beyond the window above or below: ' + name(el))
        break
      }
    }
    // Words wider than the control, without the dots that would say so.
    if (/^(BUTTON|A|H1|H2)$/.test(el.tagName) && el.scrollWidth > el.clientWidth + 1 && getComputedStyle(el).textOverflow !== 'ellipsis' && getComputedStyle(el).display !== 'inline') found.push('words wider than their control: ' + name(el))
  }
  return [...new Set(found)]
})()`

/** Runs in the page: what has the focus, and whether anything shows that it has. */
const focused = `(() => {
  const el = document.activeElement
  if (!el || el === document.body) return null
  const rings = [el, el.parentElement, el.nextElementSibling].filter(Boolean).map((at) => getComputedStyle(at))
  const ring = rings.some(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) > 0)
  const box = el.getBoundingClientRect()
  const inside = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight
  return {
    name: el.tagName.toLowerCase() + ' "' + (el.getAttribute('aria-label') ?? el.textContent ?? '').trim().replace(/\\s+/g, ' ').slice(0, 48) + '"',
    visible: ring && inside
  }
})()`

/** What is cut off, overflows or lies beyond the window. */
export const findCuts = (page: Page): Promise<string[]> => page.evaluate<string[]>(lookForCuts)

/** Goes through the page with the Tab key. @returns what is reached without showing it */
export async function findBlindFocus(page: Page, most = 60): Promise<string[]> {
  const blind = new Set<string>()
  await page.evaluate('document.activeElement?.blur()')
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab')
    const at = await page.evaluate<{ name: string; visible: boolean } | null>(focused)
    if (!at) break
    if (!at.visible) blind.add(`focus cannot be seen: ${at.name}`)
  }
  return [...blind]
}
