import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadBounds, onScreen, saveBounds } from '../../../src/main/shell/window-bounds'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bounds-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const screen = { x: 0, y: 0, width: 1920, height: 1040 }

describe('the window', () => {
  it('comes back as it was left', () => {
    const file = join(folder, 'window.json')
    const bounds = { x: 10, y: 20, width: 1400, height: 900, maximized: true }
    saveBounds(file, bounds)
    expect(loadBounds(file)).toEqual(bounds)
    expect(onScreen(bounds, [screen])).toEqual(bounds)
  })

  it('has its usual size where nothing usable was saved', () => {
    const file = join(folder, 'window.json')
    const usual = { width: 1280, height: 800, maximized: false }
    expect(loadBounds(file)).toEqual(usual)
    writeFileSync(file, '{"width": 14')
    expect(loadBounds(file)).toEqual(usual)
    writeFileSync(file, '{"width": 3, "height": 900}')
    expect(loadBounds(file)).toEqual(usual)
  })

  it('is never placed where no screen is', () => {
    const gone = { x: 2500, y: 100, width: 1280, height: 800, maximized: false }
    expect(onScreen(gone, [screen])).toEqual({ width: 1280, height: 800, maximized: false })
    const second = { x: 1920, y: 0, width: 1920, height: 1040 }
    expect(onScreen(gone, [screen, second])).toEqual(gone)
    expect(onScreen({ ...gone, x: 10, y: -900 }, [screen])).not.toHaveProperty('y')
  })

  it('is no larger than the largest screen', () => {
    const large = { width: 4000, height: 3000, maximized: false }
    const small = { x: 1920, y: 0, width: 1280, height: 700 }
    expect(onScreen(large, [screen, small])).toMatchObject({ width: 1920, height: 1040 })
  })
})
