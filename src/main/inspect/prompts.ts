/** From what was asked for to prompts: rows of a split, or tokens as somebody typed them. */
import type { DatasetConfig } from '@shared/config'
import { nearestName } from '@shared/config-input'
import { UserError } from '@shared/errors'
import type { Probes } from '@shared/inspect'
import { createRng } from '@shared/rng'
import type { Dataset, Examples } from '../datasets/dataset'
import { taskOf, type Task } from './task'

export interface Prompts {
  /** Token ids up to the one at which the answer is predicted, that one included; all of one length. */
  readonly tokens: readonly (readonly number[])[]
  /** The answers; null for typed tokens that make no known fact. */
  readonly answers: readonly number[] | null
  /** Row numbers within the split; empty for typed tokens. */
  readonly rows: readonly number[]
  readonly task: Task
  /** A name for every position: its token where all prompts share it, else its role or number. */
  readonly positions: readonly string[]
}

/** @throws {UserError} `inspect.probe` where there is no such split, row or token */
export function choosePrompts(probes: Probes, config: DatasetConfig, dataset: Dataset): Prompts {
  if (probes.from === 'text') {
    const typed = readTokens(probes.tokens, dataset)
    const answer = taskOf(config, dataset, typed.length).lensTargets(typed)?.at(-1)
    return describe([typed], answer ? [answer.tokens[0]!] : null, [], config, dataset)
  }
  const split = dataset.splits[probes.split]
  if (!split) {
    throw new UserError(
      'inspect.probe',
      `There is no split "${probes.split}" in this data.`,
      `Splits are ${Object.keys(dataset.splits).join(', ')}.`
    )
  }
  const rows = chooseRows(probes, split)
  const { contextLength: T, answers: K } = dataset
  const tokens = rows.map((row) => {
    const answerAt = split.positions[row * K]!
    return [...split.tokens.subarray(row * T, row * T + answerAt + 1)]
  })
  const answers = rows.map((row) => split.labels[row * K]!)
  return describe(tokens, answers, rows, config, dataset)
}

function chooseRows(probes: Exclude<Probes, { from: 'text' }>, split: Examples): number[] {
  switch (probes.from) {
    case 'row':
      if (probes.row < split.count) return [probes.row]
      throw new UserError(
        'inspect.probe',
        `${probes.split} has no row ${probes.row}.`,
        `Its rows are 0 to ${split.count - 1}.`
      )
    case 'random':
      return [createRng(probes.seed, 'inspect/row').int(split.count)]
    case 'split': {
      const count = Math.min(probes.count ?? split.count, split.count)
      return [...createRng(probes.seed, 'inspect/rows').sample(split.count, count)]
    }
    default:
      return probes satisfies never
  }
}

function readTokens(text: string, { vocabulary, contextLength }: Dataset): number[] {
  const words = text.split(/\s+/).filter(Boolean)
  const id = new Map(vocabulary.tokens.map((token, i) => [token, i]))
  if (words.length === 0 || words.length > contextLength) {
    throw new UserError(
      'inspect.probe',
      words.length === 0
        ? 'There are no tokens to look at.'
        : `${words.length} tokens are more than the ${contextLength} of this model.`,
      `Type tokens separated by spaces, such as ${vocabulary.tokens.slice(0, 2).join(' ')}.`
    )
  }
  return words.map((word) => {
    const found = id.get(word) ?? id.get(`<${word}>`)
    if (found !== undefined) return found
    const near = nearestName(word, vocabulary.tokens) ?? nearestName(`<${word}>`, vocabulary.tokens)
    throw new UserError(
      'inspect.probe',
      `"${word}" is not in the vocabulary.`,
      near
        ? `Did you mean ${near}?`
        : `Its ${vocabulary.size} tokens are such as ${vocabulary.tokens.slice(0, 3).join(', ')}.`
    )
  })
}

function describe(
  tokens: readonly (readonly number[])[],
  answers: readonly number[] | null,
  rows: readonly number[],
  config: DatasetConfig,
  dataset: Dataset
): Prompts {
  const length = tokens[0]!.length
  const task = taskOf(config, dataset, length)
  const positions = tokens[0]!.map((first, t) => {
    const token = dataset.vocabulary.tokens[first]!
    const role = task.roles.find(({ position }) => position === t)?.name
    const shared = tokens.every((prompt) => prompt[t] === first)
    // Several prompts may share a token by chance: where there is a role, it says more.
    return shared && (tokens.length === 1 || !role) ? token : (role ?? `position ${t}`)
  })
  return { tokens, answers, rows, task, positions: unique(positions) }
}

/** Equal labels get their place, so that every label names one position. */
const unique = (labels: readonly string[]): string[] =>
  labels.map((label, t) =>
    labels.indexOf(label) === labels.lastIndexOf(label) ? label : `${label} @${t}`
  )
