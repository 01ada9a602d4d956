/** A report as data: what it says, in order, before it is HTML, Markdown or LaTeX. All text is plain. */
import { z } from 'zod'
import type { Figure } from '../figure/figure'
import type { TableData } from '../table-data'

export const reportFormats = ['html', 'md', 'tex'] as const
export const ReportFormat = z.enum(reportFormats)
export type ReportFormat = z.infer<typeof ReportFormat>

/** Media types of the files. */
export const reportTypes: Record<ReportFormat, string> = {
  html: 'text/html',
  md: 'text/markdown',
  tex: 'application/x-tex'
}

export type ReportBlock =
  | { kind: 'heading'; text: string }
  | { kind: 'paragraph'; text: string }
  | { kind: 'list'; items: readonly string[] }
  /** Its title stands above it, its caption below. */
  | { kind: 'table'; table: TableData }
  | { kind: 'figure'; name: string; figure: Figure }
  | { kind: 'claims'; claims: readonly ReportClaim[] }

export interface ReportClaim {
  sentence: string
  /** "Supported", "Not decided: ...". */
  verdict: string
  /** Whether its runs have changed since the verdict was recorded. */
  stale: boolean
  /** What the verdict rests on, one line each. */
  evidence: readonly string[]
}

export interface ReportDocument {
  title: string
  /** Below the title: of which study, by which version, as of when. */
  facts: readonly string[]
  blocks: readonly ReportBlock[]
}
