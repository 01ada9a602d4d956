/** The typed client, over whatever port there is at the moment: reconnects with growing pauses. */
import { events, requests, type ApiClient, type Events, type OnEvent } from '@shared/contract'
import { connect, type Connection } from '@shared/rpc'
import { UserError } from '@shared/errors'
import type { PortSource } from './ports'

export type LinkStatus = 'connecting' | 'connected' | 'reconnecting' | 'failed'

export interface Api {
  request: ApiClient
  on: OnEvent
  /** Told at once and on every change; `detail` says why for `failed`. */
  onStatus(listener: (status: LinkStatus, detail: string) => void): () => void
}

const firstPauseMs = 250
const longestPauseMs = 5000

export function startApi(source: PortSource): Api {
  let connection: Connection<typeof requests, Events> | null = null
  let status: LinkStatus = 'connecting'
  let detail = ''
  const statusListeners = new Set<(status: LinkStatus, detail: string) => void>()
  const listeners = new Map<string, Set<(payload: never) => void>>()

  source.onFailed((reason) => say('failed', reason))
  void keepConnected()

  async function keepConnected(): Promise<never> {
    for (let pauseMs = firstPauseMs; ;) {
      try {
        connection = connect(await source.open(), requests, events)
        pauseMs = firstPauseMs
        for (const name of Object.keys(events) as (keyof Events)[]) {
          connection.on(name, (payload: unknown) => {
            for (const listener of listeners.get(name) ?? []) listener(payload as never)
          })
        }
        say('connected')
        await connection.closed
        connection = null
      } catch {
        pauseMs = Math.min(longestPauseMs, 2 * pauseMs)
      }
      if (status !== 'failed') say('reconnecting')
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  function say(next: LinkStatus, why = ''): void {
    status = next
    detail = why
    for (const listener of statusListeners) listener(status, detail)
  }

  const request = Object.fromEntries(
    Object.keys(requests).map((method) => [
      method,
      (input: never) =>
        connection
          ? connection.request[method as keyof ApiClient](input)
          : Promise.reject(
              new UserError(
                'rpc.closed',
                'There is no connection to the server at the moment.',
                'Try again once the top bar says that it is back.'
              )
            )
    ])
  ) as ApiClient

  return {
    request,
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set.add(listener as never))
      return () => void set.delete(listener as never)
    },
    onStatus(listener) {
      statusListeners.add(listener)
      listener(status, detail)
      return () => void statusListeners.delete(listener)
    }
  }
}
