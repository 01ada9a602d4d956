/** Figures and tables as files. What writes them is loaded when the first is asked for. */
import type { RequestHandlers } from '@shared/contract'

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

const toAnswer = ({ bytes, notes }: { bytes: Uint8Array; notes: string[] }) => ({
  base64: Buffer.from(bytes).toString('base64'),
  notes
})
