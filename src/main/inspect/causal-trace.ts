/** Causal tracing as a job: for each kind of change, which states carry it to the answer. */
import { wilson } from '@shared/binomial'
import type { Finding, InspectQuery } from '@shared/inspect'
import { labelled } from '@shared/inspect'
import { UserError } from '@shared/errors'
import { createRng } from '@shared/rng'
import type { JobContext } from './jobs'
import { layerLabels } from './logit-lens'
import { within } from './pace'
import { probesOf } from './predictions'
import { choosePrompts, type Prompts } from './prompts'
import { layerCount } from './subject'
import type { Change } from './task'
import { trace, type Pair, type Patch } from './trace'

type Query = Extract<InspectQuery, { job: 'causal-trace' }>

export async function causalTrace(query: Query, context: JobContext): Promise<Finding> {
  const { config, dataset, pace } = context
  const prompts = choosePrompts(query.probes, config.dataset, dataset)
  const { changes, notes } = prompts.task
  const subject = context.subject()
  const L = layerCount(subject.config)
  const layers = layerLabels(L)
  const { positions } = prompts
  const T = positions.length
  const name = (token: number): string => dataset.vocabulary.tokens[token]!
  const sets = changes.map((change) => change.positions)
  const patchesOf = (set: readonly number[]): Patch[] =>
    layers.flatMap((_, layer) => [
      { layer, positions: set },
      ...(query.everyPosition ? positions.map((_, t) => ({ layer, positions: [t] })) : [])
    ])

  const perLayer = query.everyPosition ? 1 + T : 1

  const protocol: Tally[] = []
  const single: Tally[] = []
  const values: Finding['values'] = {}
  const rows: Finding['rows'] = []
  for (const [n, change] of changes.entries()) {
    const { pairs, kept } = drawPairs(prompts, change, query.seed)
    values[`traced/${change.name}`] = pairs.length
    const part = within(pace, n / changes.length, (n + 1) / changes.length)
    const traced = await trace(subject, pairs, patchesOf(sets[n]!), part)
    traced.patched.forEach(({ argmax, rank }, i) => {
      const into = i % perLayer === 0 ? protocol : single
      into.push(tally(argmax, rank, traced.changed))
    })
    if (pairs.length === 0) continue
    values[`changes the answer/${change.name}`] = share(
      traced.normal.filter((token, i) => token !== traced.changed[i]).length,
      pairs.length
    )
    if (prompts.answers) {
      values[`right before/${change.name}`] = share(
        kept.filter((row, i) => prompts.answers![row] === traced.normal[i]).length,
        pairs.length
      )
    }
    if (prompts.tokens.length === 1) {
      rows.push({
        change: change.name,
        prompt: pairs[0]!.normal.map(name).join(' '),
        'changed prompt': pairs[0]!.changed.map(name).join(' '),
        said: name(traced.normal[0]!),
        'said when changed': name(traced.changed[0]!)
      })
    }
  }
  if (protocol.every(({ n }) => n === 0)) throw nothingToTrace()
  changes.forEach((change, n) => {
    layers.forEach((layer, l) => {
      const { hits, n: traced } = protocol[n * layers.length + l]!
      if (traced > 0) values[`strength/${change.name}/layer ${layer}`] = share(hits, traced)
    })
  })
  const names = changes.map((change) => change.name)
  const of = (tallies: readonly Tally[], f: (t: Tally) => number): number[] => tallies.map(f)
  const [low, high] = [(t: Tally): number => t.interval[0], (t: Tally): number => t.interval[1]]
  const setDims = { change: names, layer: layers }
  const allDims = { change: names, layer: layers, position: positions }
  return {
    probes: probesOf(prompts, name),
    values,
    arrays: {
      strength: labelled(setDims, of(protocol, strengthOf)),
      low: labelled(setDims, of(protocol, low)),
      high: labelled(setDims, of(protocol, high)),
      restored: labelled(setDims, of(protocol, restoredOf)),
      ...(query.everyPosition && {
        strengthAt: labelled(allDims, of(single, strengthOf)),
        lowAt: labelled(allDims, of(single, low)),
        highAt: labelled(allDims, of(single, high))
      })
    },
    rows,
    notes: [
      'Causal strength: the share of prompts whose likeliest answer changes when the residual stream after a layer is replaced, at the named positions, by that of the changed prompt; with Wilson 95 % intervals. Layer 0 is the embedding.',
      `Positions replaced together: ${changes.map(({ name, positions: set }) => `${name} at ${set.map((t) => positions[t]).join(' and ')}`).join('; ')}.`,
      'Restored: the share of prompts that then answer as the changed prompt does.',
      ...notes
    ]
  }
}

interface Tally {
  n: number
  hits: number
  restored: number
  interval: readonly [number, number]
}

/** NaN, which is stored as null, where no prompt could be changed. */
const strengthOf = ({ hits, n }: Tally): number => hits / n
const restoredOf = ({ restored, n }: Tally): number => restored / n

function tally(argmax: Int32Array, rank: Int32Array, changed: Int32Array): Tally {
  const n = rank.length
  const hits = rank.filter((r) => r > 0).length
  const restored = argmax.filter((token, i) => token === changed[i]).length
  return { n, hits, restored, interval: wilson(hits, n) }
}

/** Prompts with their changed ones; which change a prompt gets depends on the seed and its row alone. */
function drawPairs(
  { tokens, rows }: Prompts,
  change: Change,
  seed: number
): { pairs: Pair[]; kept: number[] } {
  const pairs: Pair[] = []
  const kept: number[] = []
  tokens.forEach((normal, i) => {
    const rng = createRng(seed, `inspect/change/${change.name}/${rows[i] ?? 0}`)
    const changed = change.draw(normal, rng)
    if (!changed) return
    pairs.push({ normal, changed })
    kept.push(i)
  })
  return { pairs, kept }
}

const share = (hits: number, n: number): number => Number((hits / n).toPrecision(7))

function nothingToTrace(): UserError {
  return new UserError(
    'inspect.trace',
    'None of these prompts can be changed as the protocol asks: there is no other fact of the right value.',
    'Choose other prompts, or a data set of more entities.'
  )
}
