/** Figures and tables as files. What writes them is loaded when the first is asked for. */
import type { RequestHandlers, RunRow } from '@shared/contract'
import type { DataFormat } from '@shared/figure/formats'
import { rawValues } from './raw-values'

type Handlers = Pick<RequestHandlers, 'figures.write' | 'tables.write'>

export const figureHandlers: Handlers = {
  'figures.write': async ({ figure, format, settings }) => {
    const { writeFigure } = await import('../figures')
    return toAnswer(await writeFigure(figure, format, settings))
  },
  'tables.write': async ({ table, format, best, digits }) => {
    const { writeTable } = await import('../figures')
    return toAnswer(writeTable(table, format, { best, digits }))
  }
}

/** Every recorded value of runs as a file. */
export async function writeRaw(
  runs: readonly Pick<RunRow, 'id' | 'name' | 'last'>[],
  read: Parameters<typeof rawValues>[1],
  format: DataFormat
): Promise<Answer> {
  const { writeTable } = await import('../figures')
  return toAnswer(writeTable(rawValues(runs, read), format, { best: false, digits: 4 }))
}

type Answer = { base64: string; notes: string[] }

const toAnswer = ({ bytes, notes }: { bytes: Uint8Array; notes: string[] }): Answer => ({
  base64: Buffer.from(bytes).toString('base64'),
  notes
})
