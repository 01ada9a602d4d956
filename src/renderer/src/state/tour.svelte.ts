/** The offer to a newcomer: one run to watch, then its control. Once dismissed it never comes again. */
import { withValue } from '@shared/config-input'
import { z } from 'zod'
import { texts } from '../texts'
import type { TourRun } from '../tour'
import type { Runs } from './runs.svelte'

const key = 'tour'
const preset = 'modular-coffee'

const Saved = z.object({
  dismissed: z.boolean().default(false),
  watch: z.string().nullable().default(null),
  control: z.string().nullable().default(null)
})

export class Tour {
  #saved = $state.raw<z.infer<typeof Saved>>(Saved.parse({}))
  starting = $state(false)

  /** Worth offering: an empty library, a preset to run, and nobody who has said no. */
  readonly offered = $derived.by(
    () =>
      !this.#saved.dismissed &&
      this.#saved.watch === null &&
      this.runs.loaded &&
      this.runs.list.length === 0 &&
      this.runs.presets.some(({ name }) => name === preset)
  )

  constructor(
    readonly runs: Runs,
    readonly storage: Storage
  ) {
    this.#saved = read(storage)
  }

  /** What a run is in the tour, if anything. */
  role(id: string): TourRun | null {
    if (this.#saved.dismissed) return null
    if (id === this.#saved.watch) return 'watch'
    return id === this.#saved.control ? 'control' : null
  }

  get watched(): string | null {
    return this.#saved.watch
  }
  get control(): string | null {
    return this.#saved.control
  }

  dismiss(): void {
    this.#save({ ...this.#saved, dismissed: true })
  }

  /** Starts the run to watch, or its control. Its id; null where it was refused. */
  async start(which: TourRun): Promise<string | null> {
    const base = this.runs.presets.find(({ name }) => name === preset)
    if (!base || this.starting) return null
    this.starting = true
    try {
      const config =
        which === 'watch' ? base.config : withValue(base.config, ['optimizer', 'weightDecay'], 0)
      const name = texts.tour.names[which]
      const { id } = await this.runs.api.request['runs.create']({ name, preset, config })
      this.#save({ ...this.#saved, [which]: id })
      return id
    } catch (error) {
      this.runs.notices.failed(error)
      return null
    } finally {
      this.starting = false
    }
  }

  #save(saved: z.infer<typeof Saved>): void {
    this.#saved = saved
    this.storage.setItem(key, JSON.stringify(saved))
  }
}

function read(storage: Storage): z.infer<typeof Saved> {
  try {
    return Saved.parse(JSON.parse(storage.getItem(key) ?? '{}'))
  } catch {
    // Written by something else: a newcomer as any other.
    return Saved.parse({})
  }
}
