/** What the Inspect place shows: a question, put to one checkpoint or to two. */
import { untrack } from 'svelte'
import type { DatasetConfig } from '@shared/config'
import { datasetKind } from '@shared/dataset-config'
import {
  inspectJobNames,
  type InspectJobName,
  type InspectQueryInput,
  type TokenGroup
} from '@shared/inspect'
import { splitsOf, type Split } from '@shared/splits'
import type { InspectRoute, InspectView } from '../routes'
import { CircuitReport } from './circuit.svelte'
import { InspectLane } from './inspect-lane.svelte'
import type { Router } from './router.svelte'
import type { Runs } from './runs.svelte'

export type ProbeKind = 'split' | 'random' | 'row' | 'text'
/** What the second checkpoint is for. */
export type Beside = 'none' | 'difference' | 'run'

/** Pause between two checkpoints of a film, in milliseconds; longer where an answer takes longer. */
const filmMs = 400

export class Inspect {
  job = $state<InspectJobName>('logit-lens')
  /** Whether the circuit report is shown instead of a job. */
  reporting = $state(false)
  probe = $state<ProbeKind>('split')
  split = $state('')
  count = $state(300)
  seed = $state(0)
  row = $state(0)
  text = $state('')
  group = $state<TokenGroup>('values')
  layer = $state<string | undefined>(undefined)
  beside = $state<Beside>('none')
  playing = $state(false)
  readonly circuit: CircuitReport
  readonly first: InspectLane
  readonly second: InspectLane
  #film: ReturnType<typeof setInterval> | null = null
  #stop: () => void

  readonly kind: DatasetConfig['kind'] = $derived.by(() =>
    datasetKind(this.runs.get(this.first.runId ?? '')?.config)
  )
  readonly splits: readonly Split[] = $derived(splitsOf[this.kind])
  /** Jobs that this run's data has something for. */
  readonly jobs: readonly InspectJobName[] = $derived(
    inspectJobNames.filter((job) => job !== 'fourier' || this.kind === 'modular')
  )
  /** The paper's questions are about comparisons. */
  readonly hasCircuit: boolean = $derived(
    this.kind === 'comparison' || this.kind === 'in-context' || this.kind === 'facts'
  )
  readonly usesProbes: boolean = $derived(
    ['predictions', 'attention', 'logit-lens', 'causal-trace'].includes(this.job)
  )

  readonly query: InspectQueryInput | null = $derived.by(() => this.#query())

  constructor(
    readonly runs: Runs,
    readonly router: Router
  ) {
    this.circuit = new CircuitReport(runs.api)
    this.first = new InspectLane(runs.api, 'first', () => (this.reporting ? null : this.query))
    this.second = new InspectLane(runs.api, 'second', () =>
      this.beside === 'none' || this.reporting ? null : this.query
    )
    this.#stop = $effect.root(() => {
      // Of two runs side by side the second follows to its nearest checkpoint.
      $effect(() => {
        const { step } = this.first
        if (this.beside === 'run' && step !== null) untrack(() => this.second.moveTo(step))
      })
      // The address follows what is shown, so that it can be copied.
      $effect(() => {
        const { runId: run, step } = this.first
        const job = this.reporting ? 'circuit' : this.job
        untrack(() => {
          if (run !== null && router.route.view === 'inspect') {
            router.replace({ view: 'inspect', run, step, job })
          }
        })
      })
    })
  }

  /** Goes where an address points. */
  async open({ run, step, job }: InspectRoute): Promise<void> {
    if (job) this.show(job)
    if (run === null || (run === this.first.runId && step === this.first.step)) return
    await this.first.open(run, step)
    if (!this.splits.some(({ name }) => name === this.split)) this.split = this.splits[0]!.name
    if (!this.jobs.includes(this.job)) this.job = 'logit-lens'
    if (!this.hasCircuit) this.reporting = false
  }

  show(view: InspectView): void {
    this.reporting = view === 'circuit'
    if (view !== 'circuit') this.job = view
  }

  async compareWith(beside: Beside): Promise<void> {
    this.beside = beside
    if (beside !== 'difference') return
    const [first] = this.first.checkpoints
    await this.second.open(this.first.runId, first?.step ?? null)
  }

  play(): void {
    if (this.playing) return this.pause()
    this.playing = true
    if (this.first.index >= this.first.checkpoints.length - 1) this.first.moveBy(-Infinity)
    this.#film = setInterval(() => {
      // The next checkpoint waits for the answer of this one: no frame is left out.
      if (this.first.progress !== null) return
      if (this.first.error || this.first.index >= this.first.checkpoints.length - 1) this.pause()
      else this.first.moveBy(1)
    }, filmMs)
  }

  pause(): void {
    if (this.#film) clearInterval(this.#film)
    this.#film = null
    this.playing = false
  }

  close(): void {
    this.pause()
    this.first.close()
    this.second.close()
    this.circuit.close()
    this.#stop()
  }

  #query(): InspectQueryInput | null {
    const { job } = this
    switch (job) {
      case 'weights':
        return {
          job,
          against: this.beside === 'difference' ? this.second.step : null
        }
      case 'embeddings':
        return { job, tokens: this.group }
      case 'fourier':
        return { job }
      case 'predictions':
      case 'attention':
      case 'logit-lens':
      case 'causal-trace': {
        const probes = this.#probes()
        return probes && { job, probes }
      }
      default:
        return job satisfies never
    }
  }

  #probes(): Extract<InspectQueryInput, { job: 'attention' }>['probes'] | null {
    const { probe: from, split, seed } = this
    if (from === 'text') return this.text.trim() === '' ? null : { from, tokens: this.text }
    if (split === '') return null
    switch (from) {
      case 'split':
        return { from, split, count: this.count, seed }
      case 'random':
        return { from, split, seed }
      case 'row':
        return { from, split, row: this.row }
      default:
        return from satisfies never
    }
  }
}
