/** The windows and wishes in which the page is looked at. */
import type { BrowserContextOptions } from 'playwright-core'

const window = (width: number, height: number): BrowserContextOptions => ({
  viewport: { width, height },
  colorScheme: 'light'
})

export const modes = {
  light: window(1280, 800),
  dark: { ...window(1280, 800), colorScheme: 'dark' },
  small: window(1280, 720),
  large: window(1920, 1080),
  'large-dark': { ...window(1920, 1080), colorScheme: 'dark' },
  '4k': window(3840, 2160),
  // What 1280 x 800 leaves of the page at 200 %: half as many CSS pixels, twice as large.
  zoom: { ...window(640, 400), deviceScaleFactor: 2 },
  contrast: { ...window(1280, 800), forcedColors: 'active' },
  still: { ...window(1280, 800), reducedMotion: 'reduce' }
} as const satisfies Record<string, BrowserContextOptions>
export type ModeName = keyof typeof modes
