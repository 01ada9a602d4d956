/** Requests about the queue as a whole. */
import type { QueueState, RequestHandlers } from '@shared/contract'
import type { Store } from '../store/store'
import type { Broadcast } from './broadcast'
import type { Machine } from './machine'
import type { Queue } from './queue'
import { readQueueSettings, usualParallel, writeQueueSettings } from './slots'

interface QueueHost {
  store: Store
  queue: Queue
  broadcast: Broadcast
  machine: () => Machine
}

export function createQueueHandlers({
  store,
  queue,
  broadcast,
  machine
}: QueueHost): Pick<RequestHandlers, 'queue.get' | 'queue.set' | 'queue.move'> {
  const state = (): QueueState => ({
    ...readQueueSettings(store),
    usual: usualParallel(machine()),
    working: queue.atWork(),
    waiting: store.countIn(['queued'])
  })

  return {
    'queue.get': state,

    'queue.set': ({ paused, parallel }) => {
      const before = readQueueSettings(store)
      writeQueueSettings(store, {
        paused: paused ?? before.paused,
        parallel: parallel === undefined ? before.parallel : parallel
      })
      queue.next()
      broadcast.queueChanged(state)
      return state()
    },

    'queue.move': ({ ids, to }) => {
      const waiting = store.runsIn(['queued'])
      const sign = to === 'first' ? 1 : -1
      // Later ones of equal priority come later: the latest time, and on from there, keeps the given order.
      const edge = waiting.reduce((most, { priority }) => Math.max(most, sign * priority), 0) + 1
      const at = waiting.reduce((latest, { queuedAt }) => Math.max(latest, queuedAt ?? 0), 0)
      for (const [i, id] of ids.entries()) {
        const moved = store.change(id, ({ state }) =>
          state === 'queued' ? { priority: sign * edge, queuedAt: at + i } : undefined
        )
        if (moved) broadcast.changed(id)
      }
      return {}
    }
  }
}
