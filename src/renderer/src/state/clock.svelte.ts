/** The time of day as state, once a second and only while something shows it. */
import { createSubscriber } from 'svelte/reactivity'

export class Clock {
  #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, 1000)
    return () => clearInterval(timer)
  })

  /** Unix milliseconds. */
  get now(): number {
    this.#subscribe()
    return Date.now()
  }
}
