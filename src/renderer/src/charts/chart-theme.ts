/** Colours and type of a chart, read from the page's custom properties so that both themes are designed once. */
export interface ChartTheme {
  text: string
  muted: string
  grid: string
  axis: string
  guide: string
  background: string
  font: string
  /** The colour a custom property holds, e.g. `--split-train`. */
  color: (property: string) => string
}

export function readChartTheme(element: Element): ChartTheme {
  const style = getComputedStyle(element)
  const color = (property: string): string => style.getPropertyValue(property).trim()
  return {
    text: color('--text'),
    muted: color('--muted'),
    grid: color('--chart-grid'),
    axis: color('--chart-axis'),
    guide: color('--chart-guide'),
    background: color('--panel'),
    font: style.fontFamily,
    color
  }
}
