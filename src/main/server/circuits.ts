/** Circuit reports: a run's inspections asked one after the other, and what they say together. */
import type { RequestHandlers, RunRow } from '@shared/contract'
import { circuitDocument } from '@shared/circuit/document'
import { circuitQueries, planCircuit, type CircuitAnswers } from '@shared/circuit/plan'
import { readCircuit, type CircuitReading } from '@shared/circuit/reading'
import type { CircuitChoice } from '@shared/circuit/choice'
import { UserError } from '@shared/errors'
import type { InspectResult } from '@shared/inspect'
import type { ReportDocument } from '@shared/report/document'
import type { RunRecord } from '../store/store'
import type { Inspections } from './inspections'

export interface CircuitHost {
  inspections: Inspections
  /** @throws {UserError} for no run */
  known: (id: string) => RunRecord
  row: (id: string) => RunRow
  progress: (ticket: string, done: number, total: number) => void
}

export interface Circuits {
  handlers: Pick<RequestHandlers, 'circuit.report' | 'circuit.write'>
  /** Ends a report that is being made. */
  cancel(ticket: string): void
}

export function createCircuits({ inspections, known, row, progress }: CircuitHost): Circuits {
  const working = new Set<string>()

  async function make(
    id: string,
    choice: CircuitChoice,
    ticket: string | null
  ): Promise<{ reading: CircuitReading; document: ReportDocument }> {
    const record = known(id)
    const run = row(id)
    const plan = planCircuit(
      run,
      inspections.checkpoints(record).map(({ step }) => step),
      choice
    )
    const queries = circuitQueries(plan)
    const answers: Record<string, InspectResult> = {}
    if (ticket !== null) working.add(ticket)
    try {
      for (const [i, { key, step, query }] of queries.entries()) {
        if (ticket !== null) {
          if (!working.has(ticket)) throw calledOff()
          progress(ticket, i, queries.length)
        }
        answers[key] = await inspections.run(record, step, query, ticket && partOf(ticket))
      }
    } finally {
      if (ticket !== null) working.delete(ticket)
    }
    const reading = readCircuit(plan, answers satisfies CircuitAnswers)
    return { reading, document: circuitDocument(run, reading) }
  }

  return {
    handlers: {
      'circuit.report': async ({ id, ticket, ...choice }) => {
        const { reading, document } = await make(id, choice, ticket ?? null)
        return { reading, document: { ...document, ...copied(document) } }
      },
      'circuit.write': async ({ id, format, ...choice }) => {
        const { document } = await make(id, choice, null)
        const { writeReport } = await import('../report')
        return { base64: Buffer.from(writeReport(document, format)).toString('base64'), notes: [] }
      }
    },
    cancel(ticket) {
      if (working.delete(ticket)) inspections.cancel(partOf(ticket))
    }
  }
}

/** What one of a report's questions is called while it is asked. */
const partOf = (ticket: string): string => `${ticket}, a part`

const copied = ({ facts, blocks }: ReportDocument) => ({ facts: [...facts], blocks: [...blocks] })

const calledOff = (): UserError =>
  new UserError('inspect.cancelled', 'The inspection was called off.')
