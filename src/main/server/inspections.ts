/**
 * Inspections: answers are files in the run's folder, found by what was asked of which content; what is not there
 * yet is ordered from a trainer process of its own, one order at a time, those that somebody waits for before
 * those that are prepared. Training runs have nothing to do with it.
 *
 *     runs/ID/inspect/CONTENT/JOB-HASH.json      CONTENT: SHA-256 of the weights; HASH: of query and version
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/errors'
import type { CheckpointRow } from '@shared/contract'
import {
  InspectMessage,
  inspectVersion,
  type InspectInput,
  type InspectQuery,
  type InspectResult
} from '@shared/inspect'
import type { RunRecord } from '../store/store'
import { hashConfig } from './config-hash'
import { listCheckpoints, removeCheckpoints, type KnownCheckpoints } from './checkpoint-folders'
import type { Folders } from './folders'
import type { StartInspector, TrainerProcess } from './runners'

export interface InspectionHost {
  folders: Folders
  /** Null: only what is kept can be shown. */
  startInspector: StartInspector | null
  progress: (ticket: string, done: number, total: number) => void
  log: (line: string) => void
}

type Run = Pick<RunRecord, 'id' | 'name' | 'trashed'>

export interface Inspections {
  /** @throws {UserError} `run.folderMissing` */
  checkpoints(run: Run): CheckpointRow[]
  /** @throws {UserError} `checkpoint.missing`, `inspect.cancelled`, `inspect.ended`, or what the job refuses */
  run(run: Run, step: number, query: InspectQuery, ticket: string | null): Promise<InspectResult>
  cancel(ticket: string): void
  prepare(run: Run, steps: readonly number[], query: InspectQuery): { ready: number }
  /** @throws {UserError} `checkpoint.missing` where one of them is not there; nothing is removed then */
  remove(run: Run, steps: readonly number[]): CheckpointRow[]
  close(): void
}

/** An idle process is ended after this long. */
const idleMs = 120_000

interface Order {
  readonly file: string
  readonly input: Omit<Extract<InspectInput, { type: 'inspect' }>, 'id'>
  /** Who waits; nobody for what is prepared. */
  readonly waiters: Set<Waiter>
}
interface Waiter {
  readonly ticket: string | null
  resolve(result: InspectResult): void
  reject(error: Error): void
}

export function createInspections(host: InspectionHost): Inspections {
  const { folders, startInspector } = host
  const wanted = new Map<string, Order>()
  const known = new Map<string, KnownCheckpoints>()
  let prepared: Order[] = []
  let current: (Order & { id: string }) | null = null
  let inspector: TrainerProcess | null = null
  let idle: NodeJS.Timeout | undefined
  let count = 0

  function folderOf({ id, name, trashed }: Run): string {
    const place = trashed ? 'trash' : 'runs'
    if (folders.has(id, place)) return folders.runFolder(id, place)
    throw new UserError(
      'run.folderMissing',
      `Run "${name}" has lost its folder ${folders.runFolder(id, place)}.`,
      'Put the folder back; the history keeps its curves.'
    )
  }

  function checkpointsIn(folder: string): CheckpointRow[] {
    const seen = known.get(folder) ?? new Map()
    known.set(folder, seen)
    return listCheckpoints(folder, seen)
  }

  /** @throws {UserError} `checkpoint.missing` */
  function orderFor(
    folder: string,
    there: CheckpointRow[],
    step: number,
    query: InspectQuery
  ): Order {
    const contentOf = (at: number): string => {
      const found = there.find((checkpoint) => checkpoint.step === at)
      if (found) return found.sha256
      throw missing(at, there)
    }
    const content = contentOf(step)
    const against = 'against' in query && query.against !== null ? contentOf(query.against) : null
    const key = hashConfig({ query, against, version: inspectVersion }).slice(0, 16)
    const file = join(folder, 'inspect', content.slice(0, 16), `${query.job}-${key}.json`)
    const order = { folder, step, query, engine: 'auto', file } as const
    return { file, input: { type: 'inspect', order }, waiters: new Set() }
  }

  function next(): void {
    if (current) return
    const [first] = wanted.values()
    const order = first ?? prepared.shift()
    if (!order) return rest()
    clearTimeout(idle)
    wanted.delete(order.file)
    const kept = readKept(order.file)
    if (kept) {
      // It was prepared meanwhile, or by another server.
      for (const waiter of order.waiters) waiter.resolve(kept)
      return next()
    }
    current = { ...order, id: String(++count) }
    inspector ??= start()
    inspector.port.post({ ...order.input, id: current.id } satisfies InspectInput)
  }

  function start(): TrainerProcess {
    const started = startInspector!()
    started.port.onMessage((received) => {
      const message = InspectMessage.safeParse(received).data
      if (!message || message.id !== current?.id) return
      const { waiters, file } = current
      switch (message.type) {
        case 'progress':
          for (const { ticket } of waiters) {
            if (ticket !== null) host.progress(ticket, message.done, message.total)
          }
          return
        case 'done': {
          const kept = readKept(file)
          finish((waiter) => (kept ? waiter.resolve(kept) : waiter.reject(lost(file))))
          return
        }
        case 'failed': {
          const { code, message: text, hint } = message.error
          finish((waiter) => waiter.reject(new UserError(code, text, hint)))
          return
        }
        default:
          message satisfies never
      }
    })
    void started.exited.then(({ error }) => {
      if (inspector === started) inspector = null
      const words = error.trim().split('\n').slice(-5).join('\n')
      if (!current) return
      host.log(`the inspecting process ended: ${words}`)
      finish((waiter) => waiter.reject(ended(words)))
    })
    return started
  }

  function finish(tell: (waiter: Waiter) => void): void {
    const waiters = current?.waiters ?? []
    current = null
    for (const waiter of waiters) tell(waiter)
    next()
  }

  function rest(): void {
    clearTimeout(idle)
    idle = setTimeout(end, idleMs)
    idle.unref()
  }

  function end(): void {
    clearTimeout(idle)
    const ended = inspector
    inspector = null
    ended?.port.close()
    ended?.kill()
  }

  return {
    checkpoints: (run) => checkpointsIn(folderOf(run)),

    async run(run, step, query, ticket) {
      const folder = folderOf(run)
      const order = orderFor(folder, checkpointsIn(folder), step, query)
      const kept = readKept(order.file)
      if (kept) return kept
      if (!startInspector) throw noInspector()
      return new Promise<InspectResult>((resolve, reject) => {
        const waiter = { ticket, resolve, reject }
        if (current?.file === order.file) current.waiters.add(waiter)
        else {
          const same = wanted.get(order.file) ?? order
          same.waiters.add(waiter)
          wanted.set(order.file, same)
        }
        next()
      })
    },

    cancel(ticket) {
      for (const [file, order] of wanted) {
        if (!dropWaiter(order, ticket)) continue
        if (order.waiters.size === 0) wanted.delete(file)
      }
      if (!current || !dropWaiter(current, ticket) || current.waiters.size > 0) return
      // The process answers that it was called off, and gets the next order then.
      inspector?.port.post({ type: 'cancel', id: current.id } satisfies InspectInput)
    },

    prepare(run, steps, query) {
      const folder = folderOf(run)
      const there = checkpointsIn(folder)
      const orders = steps.map((step) => orderFor(folder, there, step, query))
      const missing = orders.filter(({ file }) => !existsSync(file))
      if (startInspector) {
        prepared = [...missing]
        next()
      }
      return { ready: orders.length - missing.length }
    },

    remove(run, steps) {
      const folder = folderOf(run)
      const there = checkpointsIn(folder)
      const rows = [...new Set(steps)].map((step) => {
        const found = there.find((checkpoint) => checkpoint.step === step)
        if (!found) throw missing(step, there)
        return found
      })
      removeCheckpoints(folder, rows)
      return rows
    },

    close() {
      prepared = []
      const waiting = [...wanted.values()].flatMap(({ waiters }) => [...waiters])
      wanted.clear()
      for (const waiter of waiting) waiter.reject(ended('Grokscope was closed.'))
      end()
    }
  }
}

/** Whether a wait of that name was among those of an order; it is told and forgotten. */
function dropWaiter({ waiters }: Order, ticket: string): boolean {
  const found = [...waiters].filter((waiter) => waiter.ticket === ticket)
  for (const waiter of found) {
    waiters.delete(waiter)
    waiter.reject(new UserError('inspect.cancelled', 'The inspection was called off.'))
  }
  return found.length > 0
}

/** What an earlier order found. A file that cannot be read is as good as none, and is written anew. */
function readKept(file: string): InspectResult | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as InspectResult
  } catch {
    return null
  }
}

function missing(step: number, there: readonly CheckpointRow[]): UserError {
  const steps = there.map((checkpoint) => checkpoint.step)
  const some = steps.length > 12 ? [...steps.slice(0, 6), '...', ...steps.slice(-3)] : steps
  return new UserError(
    'checkpoint.missing',
    `There is no checkpoint of step ${step}.`,
    steps.length > 0 ? `There are those of steps ${some.join(', ')}.` : 'The run has none yet.'
  )
}

const ended = (why: string): UserError =>
  new UserError('inspect.ended', `The inspecting process ended. ${why}`.trim(), 'Ask again.')

const lost = (file: string): UserError =>
  new UserError('inspect.lost', `The answer could not be read from ${file}.`, 'Ask again.')

const noInspector = (): UserError =>
  new UserError(
    'inspect.unavailable',
    'This server starts no inspecting process, and has no kept answer.',
    'Inspect in the app, or with `grokscope inspect`.'
  )
