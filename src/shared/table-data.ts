/** A table as data: what is written as CSV, JSON, Parquet or LaTeX, whether it comes from a figure or a list of runs. */
export type CellValue = string | number | boolean | null

export interface TableColumn {
  /** Without blanks, as a program addresses it. */
  name: string
  /** As a person reads it. */
  label: string
  type: 'text' | 'number' | 'boolean'
  /** Which of its numbers is best, where that can be said. */
  best?: 'highest' | 'lowest'
}

export interface TableData {
  title: string
  /** What a reader must know, one paragraph. */
  caption: string
  columns: readonly TableColumn[]
  /** As many cells as columns; numbers are finite or null. */
  rows: readonly (readonly CellValue[])[]
}
