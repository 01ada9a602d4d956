/** The kinds of files that figures and tables are written as. */
export const dataFormats = ['csv', 'json', 'parquet'] as const
/** Those that hold values for programs alone. */
export type DataFormat = (typeof dataFormats)[number]

export const tableFormats = [...dataFormats, 'tex'] as const
export type TableFormat = (typeof tableFormats)[number]

export const figureFormats = ['svg', 'pdf', 'png', ...tableFormats] as const
export type FigureFormat = (typeof figureFormats)[number]

export const mediaTypes: Record<FigureFormat, string> = {
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  png: 'image/png',
  csv: 'text/csv',
  json: 'application/json',
  parquet: 'application/vnd.apache.parquet',
  tex: 'text/x-tex'
}

/** A title as a file's name: letters, figures and hyphens. */
export function fileName(title: string, format: FigureFormat): string {
  const plain = title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60)
  return `${plain || 'figure'}.${format}`
}
