/** Colours and type of a chart, from the page's custom properties, which come from the palette. */
export interface ChartTheme {
  medium: 'light' | 'dark'
  font: string
  /** The colour of a name of the palette; `#rrggbb` passes through. */
  color: (name: string) => string
}

export function readChartTheme(element: Element, medium: 'light' | 'dark'): ChartTheme {
  const style = getComputedStyle(element)
  const known = new Map<string, string>()
  return {
    medium,
    font: style.fontFamily,
    color(name) {
      if (name.startsWith('#')) return name
      const color = known.get(name) ?? style.getPropertyValue(name).trim()
      known.set(name, color)
      return color
    }
  }
}
