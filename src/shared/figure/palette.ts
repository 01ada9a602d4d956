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

  // Runs, and groups of runs: the hues of Okabe and Ito, at lightnesses that keep each two of them apart for
  // protanopes and deuteranopes too (the test computes it). After eight the dash changes.
  '--run-1': same('#0072b2', '#56b4e9'),
  '--run-2': same('#f3650f', '#e65e01'),
  '--run-3': same('#11a864', '#3cd896'),
  '--run-4': same('#b97fa4', '#c14988'),
  '--run-5': same('#685218', '#fed925'),
  '--run-6': same('#17181a', '#eaf4ff'),
  '--run-7': same('#35276d', '#8753f4'),
  '--run-8': same('#8d3750', '#cf0f3d'),

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
