/**
 * Records test/fixtures/paces/two-clocks.json anew: trains each case for real, on one thread, and reads from its event
 * lines how long steps, evaluations and checkpoints took, in wall and in processor time. Some fifteen minutes:
 *
 *     npm run build && node test/support/record-paces.mjs WORK-FOLDER > test/fixtures/paces/two-clocks.json
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '../..')
const [work = path.join(root, 'test-results/paces')] = process.argv.slice(2)

const shape = { phi: 3.6, probes: 300 }
const data = {
  comparison: { kind: 'comparison', entities: 100, attributes: 10, values: 10, ...shape },
  composition: { kind: 'composition', entities: 200, relations: 20, degree: 5, ...shape },
  inContext: { kind: 'in-context', entities: 60, attributes: 8, values: 8, phi: 3.6, probes: 200 },
  modular29: { kind: 'modular', modulus: 29, trainFraction: 0.5 },
  modular31: { kind: 'modular', modulus: 31, trainFraction: 0.5 },
  modular43: { kind: 'modular', modulus: 43, trainFraction: 0.4 },
  modular53: { kind: 'modular', modulus: 53, trainFraction: 0.4 }
}

/** Name; data; family, blocks, width, heads; batch, steps; evaluation and checkpoint every so many steps; more. */
const cases = `
gpt2-small-comparison             comparison  gpt2         2 64  2  128   2000  100  500
llama-deep-comparison             comparison  llama        6 64  4  64    1500  50   1500
rwkv-comparison                   comparison  rwkv         2 64  0  64    1200  100  400
mamba-comparison                  comparison  mamba        2 64  0  64    1200  100  400
mamba-modular                     modular31   mamba        1 48  0  128   1500  25   300
gpt2-wide-composition             composition gpt2         1 192 4  256   1000  200  250
llama-in-context                  inContext   llama        2 64  2  64    1200  300  600
transformer1-many-checkpoints     modular43   transformer1 1 96  4  512   1200  50   25    keep=3
gpt2-tiny-many-evaluations        comparison  gpt2         1 32  2  32    3000  10   1000
rwkv-modular-few-evaluations      modular31   rwkv         1 48  0  256   1500  1500 1500  perDecade=0
held-out-gpt2-of-four-layers      comparison  gpt2         4 96  4  128   800   40   200
held-out-llama-modular            modular53   llama        1 64  4  512   1000  60   200
held-out-rwkv-composition         composition rwkv         2 96  0  128   700   100  350
held-out-mamba-in-context         inContext   mamba        2 48  0  64    700   150  700
held-out-transformer1-small       modular29   transformer1 1 48  2  10000 3000  20   1000
held-out-gpt2-tiny-few-evaluations comparison gpt2         1 24  2  16    4000  400  100   keep=2
`

const runs = cases
  .trim()
  .split('\n')
  .map((line) => record(line.split(/\s+/)))
const about = `Paces of real runs, read from the times of their event lines: [s, steps, ms, processor ms], \
[e, ms, processor ms] evaluations, [c, ms, processor ms] checkpoints. ${new Date().toISOString().slice(0, 10)}.`
const lines = runs.map(({ name, ...run }) => `    "${name}": ${JSON.stringify(run)}`)
process.stdout.write(
  `{\n  "about": ${JSON.stringify(about)},\n  "runs": {\n${lines.join(',\n')}\n  }\n}\n`
)

/** @param {string[]} words */
function record(words) {
  const [name = '', kind = '', family = '', ...rest] = words
  const [nLayer, dModel, nHead, batchSize, steps, evaluate, every] = rest.map(Number)
  const more = Object.fromEntries(rest.slice(7).map((word) => word.split('=')))
  const config = {
    dataset: data[/** @type {keyof typeof data} */ (kind)],
    model: {
      ...{ family, dModel },
      ...(family !== 'transformer1' && { nLayer }),
      ...(nHead && { nHead })
    },
    ...{ batchSize, budget: { steps } },
    // A line for every step: the lines before an evaluation say when it began.
    evaluation: {
      ...{ every: evaluate, lossEvery: 1 },
      ...(more.perDecade && { perDecade: Number(more.perDecade) })
    },
    checkpoints: { every, ...(more.keep && { keep: Number(more.keep) }) }
  }
  const folder = path.join(work, name)
  mkdirSync(folder, { recursive: true })
  const [file, clock] = ['config.json', 'clock.json'].map((file) => path.join(folder, file))
  writeFileSync(String(file), JSON.stringify(config))
  const { status, stderr } = spawnSync(
    path.join(root, 'node_modules/.bin/node'),
    [path.join(root, 'out/main/cli.js'), 'train', String(file), '--runs', folder],
    {
      env: {
        ...process.env,
        ...{ TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: '1' },
        NODE_OPTIONS: `--require ${path.join(import.meta.dirname, 'process-clock.cjs')}`,
        CLOCK_FILE: String(clock)
      },
      encoding: 'utf8'
    }
  )
  if (status !== 0) throw new Error(`${name} failed: ${stderr}`)
  process.stderr.write(`${name} is recorded\n`)
  return { name, ...readPaces(path.join(folder, 'runs'), String(clock)) }
}

/**
 * @param {string} folder with one run in it
 * @param {string} clockFile
 */
function readPaces(folder, clockFile) {
  const run = path.join(folder, String(readdirSync(folder)[0]))
  const { budget, evaluation, checkpoints } = JSON.parse(
    readFileSync(path.join(run, 'config.json'), 'utf8')
  ).config
  const processorAt = new Map(JSON.parse(readFileSync(clockFile, 'utf8')))
  const events = readFileSync(path.join(run, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const paces = []
  let step = 0
  let from = events[0]
  for (const [i, event] of events.entries()) {
    const next = events[i + 1]
    const isLoss = (/** @type {any} */ e) => e?.type === 'metrics' && 'batchLoss' in e.values
    if (i === 0 || !['metrics', 'checkpoint'].includes(event.type)) continue
    // The losses of one report are written within a moment: they are one stretch of steps.
    if (isLoss(event) && isLoss(next) && next.at - event.at <= 5) continue
    const ms = event.at - from.at
    const processorMs = Math.round(processorAt.get(event.at) - processorAt.get(from.at))
    if (isLoss(event)) paces.push(['s', event.step - step, ms, processorMs])
    else paces.push([event.type === 'metrics' ? 'e' : 'c', ms, processorMs])
    if (isLoss(event)) step = event.step
    from = event
  }
  return { config: { budget, evaluation, checkpoints }, paces }
}
