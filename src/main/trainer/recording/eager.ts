/** The same interface without recording: every call runs the function. For engines that cannot record. */
import * as tf from '@tensorflow/tfjs'
import type { Recording, RecordingOptions, Session, Tensors } from './session'

export function eagerSession(): Session {
  return {
    recording<Feeds extends Tensors, Results extends Tensors>(
      name: string,
      fn: (feeds: Feeds) => Results,
      { products = 'float32', compile = false }: RecordingOptions = {}
    ): Recording<Feeds, Results> {
      if (products !== 'float32' || compile) {
        throw new Error(
          `${name}: only a recorded function has products in ${products} or is compiled.`
        )
      }
      return {
        trace() {
          // nothing to prepare
        },
        run(feeds, fetch) {
          return tf.tidy(() => {
            const results = fn(feeds)
            if (!fetch) return results
            const wanted = fetch.map((name) => [name, results[name]])
            return Object.fromEntries(wanted) as Pick<Results, (typeof fetch)[number]>
          })
        }
      }
    },
    // The tf.Variables are the only place where values are.
    push() {
      // nothing is stale
    },
    pull() {
      // nothing is stale
    },
    dispose() {
      // nothing is held
    }
  }
}
