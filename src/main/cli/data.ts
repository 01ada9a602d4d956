import type { RunConfig } from '@shared/config'
import type { DatasetSummary } from '@shared/contract'
import { describeDataset } from '@shared/dataset-config'
import { buildDataset, stepsPerEpoch, summarize } from '../datasets/index'
import { readPresets } from '../server/presets'
import { exitCodes, jsonOption, setOption, type Verb } from './command'
import { chooseConfig } from './config-source'
import { table } from './format'

export const data: Verb = {
  name: 'data',
  operands: 'CONFIG|PRESET',
  summary: 'build a data set: counts, hash, vocabulary, leak checks, examples',
  details: `Exit code 1 if the data set leaks from training into a test.
With --json: {kind, hash, vocabularySize, vocabulary, contextLength, trainExamples, stepsPerEpoch, counts, splits,
chance, notes, leaks, examples}.`,
  options: { set: setOption, json: jsonOption },
  async run(host, args) {
    const presets = readPresets(host.paths.presets, (line) => host.err(`${line}\n`))
    const { config } = chooseConfig(args.operands[0]!, args.texts('set'), presets)
    const dataset = buildDataset(config.dataset, config.seed)
    const summary = summarize(dataset, config.dataset)
    const steps = stepsPerEpoch(config.dataset, config.batchSize)
    const leaking = summary.leaks.filter(({ violations }) => violations > 0)
    if (args.flag('json')) {
      const { hash, kind, vocabularySize, ...rest } = summary
      const vocabulary = dataset.vocabulary.tokens
      const whole = { kind, hash, vocabularySize, vocabulary, stepsPerEpoch: steps, ...rest }
      host.out(`${JSON.stringify(whole, null, 2)}\n`)
    } else {
      host.out(describe(summary, steps, config))
    }
    return leaking.length > 0 ? exitCodes.failed : exitCodes.ok
  }
}

function describe(
  summary: DatasetSummary,
  steps: number,
  { dataset, seed, batchSize }: RunConfig
): string {
  const number = (n: number): string => n.toLocaleString('en')
  const share = (x: number): string => `${(100 * x).toFixed(1)}%`
  // Only tasks with classes have columns for them
  const classes = Object.keys(summary.splits.find((split) => split.classes)?.classes ?? {})
  const splits = table(
    ['  SPLIT', 'PROBES', ...classes],
    summary.splits.map(({ label, probes, classes: shares }) => [
      `  ${label}`,
      number(probes),
      ...classes.map((name) => (shares ? share(shares[name] ?? 0) : ''))
    ])
  )
  const examples = summary.examples.map(
    ({ split, tokens, targets }) =>
      `  ${split.padEnd(18)} ${tokens.map((t, i) => (targets.includes(i) ? `[${t}]` : t)).join(' ')}\n`
  )
  return [
    `${summary.kind} data set of seed ${seed}\n`,
    `  sha256 ${summary.hash}\n`,
    `  ${describeDataset(dataset)}\n`,
    `  vocabulary ${number(summary.vocabularySize)} tokens, rows of ${summary.contextLength}\n`,
    steps === 1
      ? `  1 step per epoch: a batch of ${number(batchSize)} is the whole training set\n\n`
      : `  ${number(steps)} steps per epoch at batch size ${number(batchSize)}\n\n`,
    table(
      ['  FACTS', 'COUNT'],
      summary.counts.map(({ label, count }) => [`  ${label}`, number(count)])
    ),
    '\n',
    splits,
    ...summary.chance.map(({ label, accuracy }) => `  Chance: ${accuracy.toFixed(4)} ${label}\n`),
    ...summary.notes.map((note, i) => `${i === 0 ? '\nNotes\n' : ''}  ${note}\n`),
    '\nLeak checks\n',
    ...summary.leaks.map(
      ({ check, violations }) => `  ${violations === 0 ? 'none' : number(violations)}  ${check}\n`
    ),
    '\nExamples, [targets] in brackets\n',
    ...examples
  ].join('')
}
