/**
 * A trainer without an engine: speaks the trainer's protocol and writes a run folder as the real one does, in
 * plain JavaScript so that it can be forked as it stands. `FAKE_TRAINER` names how it behaves:
 *
 *     train    (default) a step every FAKE_STEP_MS milliseconds (default 1) until the budget is spent
 *     silent   ends after step 25 without saying so, after two lines on standard error
 *     mute     never says `started`
 *     deaf     hears no command and no end of its channel
 *     rising   as train, and its OOD accuracy rises by a hundredth every step
 */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const behaviour = process.env['FAKE_TRAINER'] ?? 'train'
const stepMs = Number(process.env['FAKE_STEP_MS'] ?? 1)

/** The loss that a run with this seed has at a step: tests compute it too. @returns {number} */
export function fakeLoss(/** @type {number} */ seed, /** @type {number} */ step) {
  return 4 / (1 + step) + (seed % 7) / 100
}

const processStart = () => {
  const stat = fs.readFileSync('/proc/self/stat', 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

async function train(/** @type {import('../../src/shared/events').Job} */ job) {
  const { folder, config } = job
  const eventsFile = path.join(folder, 'events.jsonl')
  const text = fs.existsSync(eventsFile) ? fs.readFileSync(eventsFile, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  fs.writeFileSync(eventsFile, whole)
  let seq = whole.split('\n').length - 1
  const trainerFile = path.join(folder, 'trainer.json')
  const start = process.platform === 'linux' ? processStart() : null
  const self = { pid: process.pid, start, host: os.hostname() }
  fs.writeFileSync(`${trainerFile}.partial`, JSON.stringify(self))
  fs.renameSync(`${trainerFile}.partial`, trainerFile)

  const say = (/** @type {object} */ body) => {
    const event = { seq: ++seq, at: Date.now(), ...body }
    fs.appendFileSync(eventsFile, JSON.stringify(event) + '\n')
    if (process.connected) process.send?.({ type: 'event', event }, () => undefined)
  }
  const checkpoint = (/** @type {number} */ step) => {
    const name = `step-${String(step).padStart(9, '0')}`
    fs.mkdirSync(path.join(folder, 'checkpoints', name), { recursive: true })
    say({ type: 'checkpoint', step, name, pace: { stepMs, evaluationMs: 0, checkpointMs: 0 } })
  }
  const end = (
    /** @type {number} */ step,
    /** @type {string} */ outcome,
    /** @type {string | undefined} */ error = undefined
  ) => {
    say({ type: 'ended', step, outcome, error })
    fs.rmSync(trainerFile)
    process.disconnect?.()
    process.exit(0)
  }

  const saved = path.join(folder, 'checkpoints')
  const names = (job.resume || job.fork) && fs.existsSync(saved) ? fs.readdirSync(saved).sort() : []
  const from = names.length > 0 ? Number(names.at(-1)?.slice(5)) : undefined
  const resumedFrom = job.resume ? from : undefined
  let step = from ?? 0
  const steps = job.steps ?? config.budget.steps
  say({
    type: 'started',
    step,
    steps,
    stepsPerEpoch: 5,
    engine: { name: 'cpu', version: '0', detail: 'no engine' },
    parameterCount: 1234,
    datasetHash: 'd'.repeat(64),
    ...(resumedFrom !== undefined && { resumedFrom })
  })
  let paused = false
  for (;;) {
    for (const command of inbox.splice(0)) {
      if (command.type === 'pause') say({ type: 'paused', step })
      if (command.type === 'resume' && paused) say({ type: 'resumed', step })
      if (command.type === 'pause') paused = true
      if (command.type === 'resume') paused = false
      if (command.type === 'checkpoint') checkpoint(step)
      if (command.type === 'stop') {
        checkpoint(step)
        end(step, 'stopped')
      }
      if (command.type === 'interrupt') {
        checkpoint(step)
        end(step, 'interrupted', command.reason)
      }
    }
    if (!paused) {
      if (step === steps) end(step, 'finished')
      step += 1
      const rising = behaviour === 'rising' && {
        'accuracy/train_inferred': 1,
        'accuracy/test_inferred_ood': Math.min(1, step / 100),
        weightNorm: 10
      }
      const values = { batchLoss: fakeLoss(config.seed, step), ...rising }
      say({ type: 'metrics', step, values })
      if (step % config.checkpoints.every === 0) checkpoint(step)
      const progress = { step, steps, stepsPerSecond: 1000 / stepMs, etaMs: null }
      if (process.connected) process.send?.({ type: 'progress', progress }, () => undefined)
      if (behaviour === 'silent' && step === 25) {
        fs.writeSync(2, 'a first line\nout of memory, for example\n')
        process.exit(0)
      }
    }
    await delay(stepMs)
  }
}

/** @type {{ type: string, reason?: string }[]} */
const inbox = []
// Forked on a job; imported by a test, it only lends its loss.
if (process.argv[1]?.endsWith('fake-trainer.mjs')) {
  process.on('message', (/** @type {any} */ message) => {
    if (message.type === 'job' && behaviour !== 'mute') void train(message.job)
    if (message.type === 'probe') {
      const refused = { type: 'refused', message: 'There is no engine here.', hint: '' }
      process.send?.(refused, () => process.exit(0))
    }
    if (message.type === 'command' && behaviour !== 'deaf') inbox.push(message.command)
  })
  process.on('disconnect', () => {
    if (behaviour === 'mute') process.exit(0)
    if (behaviour !== 'deaf') inbox.push({ type: 'interrupt', reason: 'The server is gone.' })
  })
}
