/**
 * What the tokens of a prompt mean, read off the data set itself: the roles of positions, what the residual stream
 * is hoped to say at them, and how a prompt is minimally changed. One entry per kind of prompt; a data set of any
 * kind is made of these.
 *
 *     comparison  attr <q> e1 <mask> e2   v1 at e1, v2 at e2, the attribute's labels at attr, the answer at e2
 *     atomic      e attr                  the value at attr
 *     two-hop     h r1 r2                 the bridge at r1, the tail at r2
 *     fact        h r                     the tail at r
 *     equation    x y =                   the answer at =
 */
import type { DatasetConfig, ModularConfig } from '@shared/config'
import { modularCounts, operationOf } from '@shared/modular-operations'
import type { Rng } from '@shared/rng'
import type { Dataset } from '../datasets/dataset'
import { modularRows } from '../datasets/modular'
import { comparisonFacts, type ComparisonKnowledge } from './comparison-knowledge'

export interface Role {
  readonly name: string
  readonly position: number
}

/** Tokens that the stream may hold at a role's position: one, or a set of which all are hoped for. */
export interface LensTarget {
  readonly name: string
  /** Where the circuit is expected to hold it. */
  readonly at: number
  readonly tokens: readonly number[]
}

/** A minimal change of a prompt. */
export interface Change {
  readonly name: string
  /** Positions whose states are interchanged together, as the protocol has it. */
  readonly positions: readonly number[]
  /** The changed prompt, drawn among all that the rule allows; null where it allows none. */
  draw(prompt: readonly number[], rng: Rng): number[] | null
}

export interface Task {
  readonly roles: readonly Role[]
  /** Null where the prompt is not one whose facts are known. The last one is the answer. */
  lensTargets(prompt: readonly number[]): LensTarget[] | null
  readonly changes: readonly Change[]
  /** What a reader must know about how this data set meets the protocol. */
  readonly notes: readonly string[]
}

/**
 * The task that prompts of a length pose.
 * @param length tokens up to the one at which the answer is predicted, that one included
 */
export function taskOf(config: DatasetConfig, dataset: Dataset, length: number): Task {
  switch (config.kind) {
    case 'comparison':
    case 'in-context':
    case 'facts':
      return comparisonTask(comparisonFacts(dataset), length, {
        ties: !(config.kind === 'facts' && config.ties === 'drop')
      })
    case 'composition':
      return compositionTask(dataset, length)
    case 'modular':
      return modularTask(config)
    default:
      return config satisfies never
  }
}

function comparisonTask(
  known: ComparisonKnowledge,
  length: number,
  { ties }: { ties: boolean }
): Task {
  if (length < 5) return atomicTask(known)
  const from = length - 5 // facts in context come before the question
  const [a, e1, e2] = [from, from + 2, from + 4]
  const roles = [
    { name: 'a', position: a },
    { name: 'e1', position: e1 },
    { name: 'e2', position: e2 }
  ]

  /**
   * Another entity in place of the one at `position`, compared with the one at `other`: of equal value where the
   * two differ, of a neighbouring value where they are equal, so that the answer changes (Wang et al., section 4).
   * Where the data has no ties, of any value on the other side.
   */
  const drawEntity = (
    prompt: readonly number[],
    position: number,
    other: number,
    rng: Rng
  ): number[] | null => {
    const valueAt = (t: number): number | undefined => known.value(prompt[a]!, prompt[t]!)
    const [own, against] = [valueAt(position), valueAt(other)]
    if (own === undefined || against === undefined) return null
    const answers = (value: number): boolean => {
      if (!ties) return Math.sign(value - against) === -Math.sign(own - against)
      return own !== against ? value === against : Math.abs(value - against) === 1
    }
    const candidates = known
      .compared(prompt[a]!)
      .filter((e) => e !== prompt[position] && e !== prompt[other])
      .filter((e) => answers(known.value(prompt[a]!, e) ?? NaN))
    return replaced(prompt, position, candidates, rng)
  }
  return {
    roles,
    notes: [
      ...(from > 0
        ? ['The facts in context are left as they are: the change is in the question alone.']
        : []),
      ...(ties
        ? []
        : ['This data has no equal values: a changed entity is of a value on the other side.'])
    ],
    lensTargets(prompt) {
      const attribute = prompt[a]!
      const [v1, v2] = [known.value(attribute, prompt[e1]!), known.value(attribute, prompt[e2]!)]
      const labels = known.labels(attribute)
      if (v1 === undefined || v2 === undefined || labels.length === 0) return null
      const answer = labels[Math.sign(v1 - v2) + 1]!
      return [
        { name: 'v1', at: e1, tokens: [v1] },
        { name: 'v2', at: e2, tokens: [v2] },
        { name: 'labels', at: a, tokens: labels },
        { name: 'answer', at: e2, tokens: [answer] }
      ]
    },
    changes: [
      {
        name: 'a',
        positions: [a, a + 1],
        draw: (prompt, rng) =>
          replaced(
            prompt,
            a,
            known.attributes.filter((other) => other !== prompt[a]),
            rng
          )
      },
      {
        name: 'e1',
        positions: [e1, e1 + 1],
        draw: (prompt, rng) => drawEntity(prompt, e1, e2, rng)
      },
      { name: 'e2', positions: [e2], draw: (prompt, rng) => drawEntity(prompt, e2, e1, rng) }
    ]
  }
}

function atomicTask(known: ComparisonKnowledge): Task {
  const valueOf = ([e, a]: readonly number[]): number | undefined => known.value(a!, e!)
  return {
    roles: [
      { name: 'e', position: 0 },
      { name: 'attr', position: 1 }
    ],
    notes: [],
    lensTargets(prompt) {
      const value = valueOf(prompt)
      return value === undefined ? null : [{ name: 'value', at: 1, tokens: [value] }]
    },
    changes: [
      {
        name: 'e',
        positions: [0],
        draw(prompt, rng) {
          const others = known.entities(prompt[1]!).filter((e) => differs(valueOf, prompt, 0, e))
          return replaced(prompt, 0, others, rng)
        }
      },
      {
        name: 'attr',
        positions: [1],
        draw(prompt, rng) {
          const others = known.attributes.filter((a) => differs(valueOf, prompt, 1, a))
          return replaced(prompt, 1, others, rng)
        }
      }
    ]
  }
}

function compositionTask(dataset: Dataset, length: number): Task {
  // Atomic facts (h, r) -> t, as all of them are trained on.
  const tails = new Map<number, Map<number, number>>()
  const { train, contextLength: T, answers: K } = dataset
  for (let i = 0; i < train.count; i++) {
    if (train.positions[i * K] !== 1) continue
    const [h, r] = [train.tokens[i * T]!, train.tokens[i * T + 1]!]
    if (!tails.has(h)) tails.set(h, new Map())
    tails.get(h)!.set(r, train.labels[i * K]!)
  }
  const tail = (h: number, r: number): number | undefined => tails.get(h)?.get(r)
  const twoHop = length === 3
  const answerOf = ([h, r1, r2]: readonly number[]): number | undefined => {
    const bridge = tail(h!, r1!)
    return !twoHop || bridge === undefined ? bridge : tail(bridge, r2!)
  }
  const heads = [...tails.keys()]
  const relationsOf = (h: number): number[] => [...(tails.get(h)?.keys() ?? [])]
  const change = (
    name: string,
    position: number,
    among: (prompt: readonly number[]) => number[]
  ): Change => ({
    name,
    positions: [position],
    draw: (prompt, rng) =>
      replaced(
        prompt,
        position,
        among(prompt).filter((token) => differs(answerOf, prompt, position, token)),
        rng
      )
  })
  const hop = [
    change('h', 0, () => heads),
    change(twoHop ? 'r1' : 'r', 1, ([h]) => relationsOf(h!))
  ]
  return {
    roles: [
      { name: 'h', position: 0 },
      { name: twoHop ? 'r1' : 'r', position: 1 },
      ...(twoHop ? [{ name: 'r2', position: 2 }] : [])
    ],
    notes: twoHop
      ? ['A change of h or r1 leads to another tail over facts that are all trained on.']
      : [],
    lensTargets(prompt) {
      const [h, r1] = [prompt[0]!, prompt[1]!]
      const [bridge, answer] = [tail(h, r1), answerOf(prompt)]
      if (bridge === undefined || answer === undefined) return null
      return [
        { name: twoHop ? 'bridge' : 'tail', at: 1, tokens: [bridge] },
        ...(twoHop
          ? [
              { name: 'r2', at: 2, tokens: [prompt[2]!] },
              { name: 'tail', at: 2, tokens: [answer] }
            ]
          : [])
      ]
    },
    changes: twoHop
      ? [
          ...hop,
          change('r2', 2, ([h, r1]) => {
            const bridge = tail(h!, r1!)
            return bridge === undefined ? [] : relationsOf(bridge)
          })
        ]
      : hop
  }
}

function modularTask(config: ModularConfig): Task {
  const { x, y, contextLength, answers } = modularRows(config)
  const equals = contextLength - answers // the answer is predicted at "="
  const { elements } = modularCounts(config)
  const { answer, nonzeroY } = operationOf(config.operation)
  const valid = (prompt: readonly number[]): boolean =>
    [prompt[x]!, prompt[y]!].every((n) => n < elements) && !(nonzeroY && prompt[y] === 0)
  const answerOf = (prompt: readonly number[]): number | undefined =>
    valid(prompt) ? answer(prompt[x]!, prompt[y]!, config.modulus) : undefined
  const all = Array.from({ length: elements }, (_, n) => n)
  const change = (name: string, position: number): Change => ({
    name,
    positions: [position],
    draw: (prompt, rng) =>
      replaced(
        prompt,
        position,
        all.filter((n) => differs(answerOf, prompt, position, n)),
        rng
      )
  })
  return {
    roles: [
      { name: 'x', position: x },
      { name: 'y', position: y },
      { name: '=', position: equals }
    ],
    notes: [],
    lensTargets(prompt) {
      const gold = answerOf(prompt)
      return gold === undefined ? null : [{ name: 'answer', at: equals, tokens: [gold] }]
    },
    changes: [change('x', x), change('y', y)]
  }
}

/** Whether another token at a position gives a known answer that is not the prompt's own. */
function differs(
  answerOf: (prompt: readonly number[]) => number | undefined,
  prompt: readonly number[],
  position: number,
  token: number
): boolean {
  const after = answerOf(prompt.with(position, token))
  return after !== undefined && after !== answerOf(prompt)
}

function replaced(
  prompt: readonly number[],
  position: number,
  candidates: readonly number[],
  rng: Rng
): number[] | null {
  return candidates.length === 0
    ? null
    : prompt.with(position, candidates[rng.int(candidates.length)]!)
}
