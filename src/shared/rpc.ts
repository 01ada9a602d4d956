/**
 * Typed requests and events over any two-way message channel. A Port is all that a transport must offer;
 * adapters are in src/main/ports.ts and in the page. Messages are plain JSON values, since the same bytes
 * must pass a WebSocket.
 */
import type { z } from 'zod'
import { fromErrorMessage, toErrorMessage, UserError, type ErrorMessage } from './errors'

export interface Port {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  onClose(listener: () => void): void
  close(): void
}

export type RequestSchemas = Record<string, { input: z.ZodType; output: z.ZodType }>
export type EventSchemas = Record<string, z.ZodType>

export type Handlers<R extends RequestSchemas> = {
  [K in keyof R]: (
    input: z.output<R[K]['input']>
  ) => z.input<R[K]['output']> | Promise<z.input<R[K]['output']>>
}
export type Client<R extends RequestSchemas> = {
  [K in keyof R]: (input: z.input<R[K]['input']>) => Promise<z.output<R[K]['output']>>
}
export type Emit<E extends EventSchemas> = <K extends keyof E & string>(
  event: K,
  payload: z.input<E[K]>
) => void
export type On<E extends EventSchemas> = <K extends keyof E & string>(
  event: K,
  listener: (payload: z.output<E[K]>) => void
) => () => void

interface Request {
  id: number
  method: string
  input: unknown
}
interface Response {
  id: number
  output?: unknown
  error?: ErrorMessage
}
interface EventMessage {
  event: string
  payload: unknown
}

/**
 * Answers a port's requests. Every input is parsed on arrival; a message that is no request is ignored.
 * @param onBug is told of errors that are not a UserError, with their stack.
 */
export function serve<R extends RequestSchemas>(
  port: Port,
  schemas: R,
  handlers: Handlers<R>,
  onBug: (method: string, error: unknown) => void
): void {
  port.onMessage((message) => {
    if (isRequest(message)) void answer(message)
  })

  async function answer(request: Request): Promise<void> {
    const { id, method } = request
    try {
      if (!Object.hasOwn(schemas, method)) {
        throw new UserError('rpc.unknown', `There is no request "${method}".`)
      }
      const parsed = schemas[method]!.input.safeParse(request.input)
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!
        throw new UserError(
          'rpc.invalid',
          `${method}: ${issue.path.join('.') || 'input'}: ${issue.message}`
        )
      }
      const output = await handlers[method as keyof R]!(parsed.data as never)
      port.post({ id, output } satisfies Response)
    } catch (error) {
      if (!(error instanceof UserError)) onBug(method, error)
      port.post({ id, error: toErrorMessage(error) } satisfies Response)
    }
  }
}

export interface Connection<R extends RequestSchemas, E extends EventSchemas> {
  request: Client<R>
  on: On<E>
  /** Settles when the other side has gone; pending requests are rejected first. */
  closed: Promise<void>
}

/** The client's side of a port. Unknown events are ignored, so an older page survives a newer server. */
export function connect<R extends RequestSchemas, E extends EventSchemas>(
  port: Port,
  schemas: R,
  events: E
): Connection<R, E> {
  const pending = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  const listeners = new Map<string, Set<(payload: never) => void>>()
  let nextId = 1
  let open = true

  port.onMessage((message) => {
    if (isResponse(message)) {
      const call = pending.get(message.id)
      pending.delete(message.id)
      if (message.error) call?.reject(fromErrorMessage(message.error))
      else call?.resolve(message.output as never)
    } else if (isEvent(message) && Object.hasOwn(events, message.event)) {
      for (const listener of listeners.get(message.event) ?? []) listener(message.payload as never)
    }
  })
  const closed = new Promise<void>((resolve) => {
    port.onClose(() => {
      open = false
      const gone = new UserError('rpc.closed', 'The connection to Grokscope was lost.')
      for (const call of pending.values()) call.reject(gone)
      pending.clear()
      resolve()
    })
  })

  const request = Object.fromEntries(
    Object.keys(schemas).map((method) => [
      method,
      (input: unknown) =>
        new Promise((resolve, reject) => {
          if (!open) {
            reject(new UserError('rpc.closed', 'The connection to Grokscope was lost.'))
            return
          }
          const id = nextId++
          pending.set(id, { resolve, reject })
          port.post({ id, method, input } satisfies Request)
        })
    ])
  ) as Client<R>

  return {
    request,
    closed,
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set.add(listener as never))
      return () => void set.delete(listener as never)
    }
  }
}

const isRecord = (m: unknown): m is Record<string, unknown> => typeof m === 'object' && m !== null
const isRequest = (m: unknown): m is Request & Record<string, unknown> =>
  isRecord(m) && typeof m['id'] === 'number' && typeof m['method'] === 'string'
const isResponse = (m: unknown): m is Response & Record<string, unknown> =>
  isRecord(m) && typeof m['id'] === 'number' && !('method' in m)
const isEvent = (m: unknown): m is EventMessage & Record<string, unknown> =>
  isRecord(m) && typeof m['event'] === 'string'
