import fs from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  colorIn,
  palette,
  paletteCss,
  rampColor,
  rampShare,
  ramps,
  type ColorToken,
  type Medium
} from '@shared/figure/palette'
import { groupStyle, runStyle, type RunLook } from '@shared/figure/run-styles'
import { splitStyles } from '@shared/figure/split-styles'

const media: Medium[] = ['light', 'dark', 'print']

/** Relative luminance, WCAG 2.2. */
function luminance(color: string): number {
  const [r, g, b] = channels(color).map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  )
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}
const channels = (color: string): number[] =>
  [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

/** Simulated in linear RGB: Machado, Oliveira and Fernandes (2009), severity 1. */
const deficiencies = {
  protanopia: [
    0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998
  ],
  deuteranopia: [
    0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881
  ]
}

/** CIE L*a*b* (D65) of linear RGB. */
function lab([r, g, b]: readonly number[]): number[] {
  const xyz = [
    (0.4124564 * r! + 0.3575761 * g! + 0.1804375 * b!) / 0.95047,
    0.2126729 * r! + 0.7151522 * g! + 0.072175 * b!,
    (0.0193339 * r! + 0.119192 * g! + 0.9503041 * b!) / 1.08883
  ]
  const [x, y, z] = xyz.map((t) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116))
  return [116 * y! - 16, 500 * (x! - y!), 200 * (y! - z!)]
}

function seenAs(color: string, matrix: readonly number[] | null): number[] {
  const linear = channels(color).map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  )
  if (!matrix) return lab(linear)
  const seen = [0, 3, 6].map((row) =>
    Math.max(
      0,
      [0, 1, 2].reduce((sum, i) => sum + matrix[row + i]! * linear[i]!, 0)
    )
  )
  return lab(seen)
}

/** Pairs of colours that some eye sees at less than a distance (CIE76: 2.3 is just noticeable). */
function pairsWithin(runs: readonly ColorToken[], medium: Medium, least: number): string[] {
  return Object.entries({ ...deficiencies, usual: null }).flatMap(([name, matrix]) => {
    const seen = runs.map((t) => seenAs(palette[t][medium], matrix))
    return seen.flatMap((a, i) =>
      seen.slice(i + 1).flatMap((b, j) => {
        const distance = Math.hypot(...a.map((c, k) => c - b[k]!))
        return distance > least ? [] : [`${name}: ${runs[i]} and ${runs[i + 1 + j]}`]
      })
    )
  })
}

const tokens = Object.keys(palette) as ColorToken[]
const lines = tokens.filter((t) => /^--(split|run|series|step)/.test(t))

describe('the palette', () => {
  it.each(media)('lines stand out by 3:1 and text by 4.5:1 on %s', (medium) => {
    const background = palette['--chart-background'][medium]
    for (const token of lines) {
      expect([token, contrast(palette[token][medium], background) >= 3]).toEqual([token, true])
    }
    for (const token of ['--chart-text', '--chart-muted', '--chart-guide'] as const) {
      expect([token, contrast(palette[token][medium], background) >= 4.5]).toEqual([token, true])
    }
  })

  it.each(media)('runs stay apart for colour-blind eyes on %s', (medium) => {
    const runs = tokens.filter((t) => /^--run-\d$/.test(t))
    expect(runs).toHaveLength(8)
    expect(pairsWithin(runs, medium, 18)).toEqual([])
  })

  it.each(media)('runs of one config differ in lightness alone on %s', (medium) => {
    const runs = tokens.filter((t) => t.startsWith('--run-'))
    expect(runs).toHaveLength(24)
    // Whichever two are drawn together, and whoever looks at them.
    expect(pairsWithin(runs, medium, 7)).toEqual([])
    for (let hue = 1; hue <= 8; hue++) {
      const own = runs.filter((t) => t.startsWith(`--run-${hue}`))
      const seen = own.map((t) => seenAs(palette[t][medium], null))
      seen.forEach(([l, a, b], i) => {
        seen.slice(i + 1).forEach(([other]) => expect(Math.abs(l! - other!)).toBeGreaterThan(10))
        const [, a0, b0] = seen[0]!
        const [chroma, base] = [Math.hypot(a!, b!), Math.hypot(a0!, b0!)]
        // Of grey there is no hue.
        if (chroma < 8 || base < 8) return
        const turned = Math.acos(Math.min(1, (a! * a0! + b! * b0!) / (chroma * base)))
        expect([own[i], turned < 0.15]).toEqual([own[i], true])
      })
    }
  })

  it.each(media)('steps lead away from the background on %s', (medium) => {
    const background = palette['--chart-background'][medium]
    const steps = tokens.filter((t) => t.startsWith('--step-'))
    const contrasts = steps.map((t) => contrast(palette[t][medium], background))
    expect(steps).toHaveLength(5)
    contrasts.slice(1).forEach((c, i) => expect(c / contrasts[i]!).toBeGreaterThan(1.2))
  })

  it('is the page’s own where both name the same thing', () => {
    const css = fs.readFileSync('src/renderer/src/app.css', 'utf8')
    const rule = (selector: string, property: string): string | undefined =>
      new RegExp(`${selector.replaceAll(/[[\]]/g, '\\$&')} \\{[^}]*?${property}: (#\\w+);`).exec(
        css
      )?.[1]
    for (const [token, property] of [
      ['--chart-background', '--panel'],
      ['--chart-text', '--text'],
      ['--chart-muted', '--muted']
    ] as const) {
      expect(rule(':root', property)).toBe(palette[token].light)
      expect(rule(":root[data-theme='dark']", property)).toBe(palette[token].dark)
      // One source: the page's own sheet defines none of the charts' colours.
      expect(css).not.toContain(`${token}:`)
    }
    expect(paletteCss()).toContain(`--split-ood: ${palette['--split-ood'].dark};`)
  })

  it('holds every colour that styles name', () => {
    const named = [
      ...Object.values(splitStyles).flatMap((styles) => styles.map(({ color }) => color)),
      ...Array.from({ length: 40 }, (_, i) => runStyle({ color: i, shade: i % 7 }).color)
    ]
    for (const color of named) expect(colorIn('print', color)).toMatch(/^#[0-9a-f]{6}$/)
    expect(() => colorIn('light', '--no-such')).toThrow('--no-such')
    expect(colorIn('dark', '#123456')).toBe('#123456')
  })
})

describe('runs', () => {
  const looks = (of: readonly RunLook[]): string[] =>
    of.map((look) => {
      const { color, dash } = runStyle(look)
      return `${color} ${dash.join()}`
    })

  it('differ in hue or dash for the first 32 configs', () => {
    const first = Array.from({ length: 32 }, (_, color) => ({ color, shade: 0 }))
    expect(new Set(looks(first)).size).toBe(32)
    expect(looks(first)).toEqual(
      first.map(({ color }) => `${groupStyle(color).color} ${groupStyle(color).dash.join()}`)
    )
  })

  it('of one config keep its hue and differ in lightness and dash for the first 12', () => {
    const seeds = Array.from({ length: 12 }, (_, shade) => ({ color: 3, shade }))
    expect(new Set(looks(seeds)).size).toBe(12)
    for (const look of seeds) expect(runStyle(look).color).toMatch(/^--run-4(-second|-third)?$/)
    const dashes = seeds.slice(0, 4).map((look) => runStyle(look).dash.join())
    expect(new Set(dashes).size).toBe(4)
  })
})

describe('ramps', () => {
  it('go through their stops, and hold their ends beyond', () => {
    for (const medium of media) {
      const stops = ramps.sequential[medium]
      expect(rampColor('sequential', 0, medium)).toBe(stops[0])
      expect(rampColor('sequential', 0.5, medium)).toBe(stops[3])
      expect(rampColor('sequential', 1, medium)).toBe(stops.at(-1))
      expect(rampColor('sequential', 7, medium)).toBe(stops.at(-1))
      expect(rampColor('diverging', 0.5, medium)).toBe(ramps.diverging[medium][2])
    }
  })

  it('have a share for every value: the middle where there is one alone, and at 0 of two directions', () => {
    expect([1, 2, 3].map((value) => rampShare('sequential', [1, 3], value))).toEqual([0, 0.5, 1])
    expect(rampShare('sequential', [2, 2], 2)).toBe(0.5)
    expect([-4, 0, 2].map((value) => rampShare('diverging', [-4, 2], value))).toEqual([
      0, 0.5, 0.75
    ])
    expect(rampShare('diverging', [0, 0], 0)).toBe(0.5)
  })

  it('of one direction rise in lightness all the way', () => {
    const light = Array.from({ length: 21 }, (_, i) =>
      luminance(rampColor('sequential', i / 20, 'light'))
    )
    light.slice(1).forEach((l, i) => expect(l).toBeGreaterThan(light[i]!))
  })
})
