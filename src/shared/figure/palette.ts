/**
 * Every colour that a chart uses, by the name of its CSS custom property: on the light page, on the dark page, and in
 * print on white paper. The page makes its custom properties from this table and exported figures read it, so both
 * show the same. Lines have at least 3:1 against what they lie on. Splits: Okabe and Ito (2008), darkened where needed.
 */
export type Medium = 'light' | 'dark' | 'print'
export type Colors = Record<Medium, string>

const same = (light: string, dark: string): Colors => ({ light, dark, print: light })

export const palette = {
  '--chart-background': { light: '#ffffff', dark: '#1a1d21', print: '#ffffff' },
  '--chart-text': { light: '#1b1d20', dark: '#e4e6e9', print: '#000000' },
  '--chart-muted': { light: '#575c63', dark: '#9ba2ab', print: '#333333' },
  '--chart-grid': { light: '#e6e7e4', dark: '#272b30', print: '#e4e4e4' },
  '--chart-axis': { light: '#9a9ea3', dark: '#666d76', print: '#333333' },
  '--chart-guide': { light: '#6d7278', dark: '#8f969f', print: '#666666' },

  '--split-train': same('#0072b2', '#56b4e9'),
  '--split-iid': same('#009e73', '#1fbf8f'),
  '--split-ood': same('#d55e00', '#ff7f2a'),
  '--split-id-atomic': same('#6b6f75', '#a9afb7'),
  '--split-ood-atomic': same('#b5589a', '#dd8fbd'),
  '--split-train-second': same('#00416e', '#b9e2fb'),
  '--split-iid-second': same('#00583f', '#a5efd6'),
  '--split-ood-second': same('#8a3600', '#ffc39b'),
  /** Lines that belong to no split. */
  '--series': same('#0072b2', '#56b4e9'),

  // Runs, and groups of runs: the hues of Okabe and Ito, each at three lightnesses for the runs of one config, all of
  // them apart from one another for protanopes and deuteranopes too (the test computes it).
  '--run-1': same('#0072b2', '#56b4e9'),
  '--run-1-second': same('#4b98dc', '#a8dbff'),
  '--run-1-third': same('#001a31', '#0081b2'),
  '--run-2': same('#f3650f', '#e65e01'),
  '--run-2-second': same('#c84d00', '#ff9359'),
  '--run-2-third': same('#652300', '#b54600'),
  '--run-3': same('#11a864', '#3cd896'),
  '--run-3-second': same('#03824b', '#049763'),
  '--run-3-third': same('#005d33', '#93ffc8'),
  '--run-4': same('#b97fa4', '#c14988'),
  '--run-4-second': same('#9b6387', '#f175b3'),
  '--run-4-third': same('#6b375a', '#fecae1'),
  '--run-5': same('#685218', '#fed925'),
  '--run-5-second': same('#977d41', '#d5b605'),
  '--run-5-third': same('#251a00', '#9e8601'),
  '--run-6': same('#17181a', '#eaf4ff'),
  '--run-6-second': same('#37383a', '#b3bdc7'),
  '--run-6-third': same('#646668', '#8b949e'),
  '--run-7': same('#35276d', '#8753f4'),
  '--run-7-second': same('#56448e', '#a979fe'),
  '--run-7-third': same('#050043', '#ceacff'),
  '--run-8': same('#8d3750', '#cf0f3d'),
  '--run-8-second': same('#d4778e', '#f6435a'),
  '--run-8-third': same('#630d2d', '#ff8185'),

  // Dots coloured by a number, from the least to the most: away from the background.
  '--step-1': same('#7f93c4', '#5a78ab'),
  '--step-2': same('#5d78b5', '#7c9bcd'),
  '--step-3': same('#3f5ca3', '#a1bde4'),
  '--step-4': same('#263f85', '#c6dbf4'),
  '--step-5': same('#0f2156', '#f0f6ff')
} as const satisfies Record<`--${string}`, Colors>

export type ColorToken = keyof typeof palette

/**
 * The colour a token has in a medium; other colours, `#rrggbb`, pass through.
 * @throws {Error} for a token that is not in the palette
 */
export function colorIn(medium: Medium, color: string): string {
  if (color.startsWith('#')) return color
  const colors = (palette as Record<string, Colors>)[color]
  if (!colors) throw new Error(`no colour is called ${color}`)
  return colors[medium]
}

/** Stops of the ramps of heat maps at equal distances, from the lowest value to the highest. */
export const ramps = {
  // Cividis (Nunez, Anderton and Renslow 2018): rises evenly in lightness for every kind of colour vision.
  sequential: {
    light: ['#00224e', '#2a3f6d', '#575c6d', '#7c7b78', '#a59c74', '#d2c060', '#fee838'],
    dark: ['#00224e', '#2a3f6d', '#575c6d', '#7c7b78', '#a59c74', '#d2c060', '#fee838'],
    print: ['#00224e', '#2a3f6d', '#575c6d', '#7c7b78', '#a59c74', '#d2c060', '#fee838']
  },
  // Blue below, orange above; the middle recedes into the background.
  diverging: {
    light: ['#08519c', '#6baed6', '#f2f2f2', '#f0a050', '#a63603'],
    dark: ['#7cc4f5', '#2f6c9e', '#2a2d31', '#a85c1c', '#ffb066'],
    print: ['#08519c', '#6baed6', '#f2f2f2', '#f0a050', '#a63603']
  }
} as const satisfies Record<string, Record<Medium, readonly string[]>>

/**
 * The share of a ramp, 0 to 1, that a value has between its ends. Where both ends are one value, which is neither low
 * nor high, it is the middle; so is 0 of a diverging ramp.
 */
export function rampShare(
  ramp: keyof typeof ramps,
  [low, high]: readonly [number, number],
  value: number
): number {
  if (ramp === 'diverging') {
    return 0.5 + value / (2 * Math.max(Math.abs(low), Math.abs(high)) || 1)
  }
  return high > low ? (value - low) / (high - low) : 0.5
}

/** The colour of a share, 0 to 1, of a ramp: between two stops they are mixed in sRGB. */
export function rampColor(ramp: keyof typeof ramps, share: number, medium: Medium): string {
  const stops: readonly string[] = ramps[ramp][medium]
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1)
  const low = Math.min(stops.length - 2, Math.floor(place))
  const mix = place - low
  const channel = (at: number): string => {
    const [a, b] = [stops[low]!, stops[low + 1]!].map((s) => parseInt(s.slice(at, at + 2), 16))
    return Math.round(a! + mix * (b! - a!))
      .toString(16)
      .padStart(2, '0')
  }
  return `#${channel(1)}${channel(3)}${channel(5)}`
}

/** The page's custom properties, as the rules of a style sheet. */
export function paletteCss(): string {
  const rules = (medium: Medium): string =>
    Object.entries(palette)
      .map(([token, colors]) => `${token}: ${colors[medium]};`)
      .join(' ')
  return `:root { ${rules('light')} } :root[data-theme='dark'] { ${rules('dark')} }`
}
