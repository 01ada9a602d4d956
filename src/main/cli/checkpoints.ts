import type { CheckpointRow } from '@shared/contract'
import { exitCodes, jsonOption, usageError, type Verb } from './command'
import { bytes, table } from './format'

export const checkpoints: Verb = {
  name: 'checkpoints',
  operands: 'RUN',
  summary: 'list the checkpoints of a run, or remove some of them',
  details: `RUN is a run's id, the beginning of it, or the run's name. Removing is for good, and takes what inspect found in
them along. With --json: an array of {step, sha256, bytes, kept}; with --remove {removed, bytes}.`,
  options: {
    remove: {
      type: 'string',
      value: 'STEPS',
      help: 'Steps to remove, separated by commas, or a range such as 1000-20000.'
    },
    json: jsonOption
  },
  async run(host, args) {
    const { findRun, lookInto } = await import('./library')
    const name = args.operands[0]!
    const removal = args.text('remove')
    const found = await lookInto(host, args, undefined, async ({ request }) => {
      const { id } = findRun(await request['runs.list']({}), name)
      const rows = await request['inspect.checkpoints']({ id })
      if (removal === undefined) return { rows }
      const steps = stepsOf(removal, rows)
      return { rows, removed: await request['checkpoints.remove']({ id, steps }) }
    })
    if (!found) return findRun([], name) && exitCodes.usage
    const { rows, removed } = found
    if (args.flag('json')) host.out(`${JSON.stringify(removed ?? rows, null, 2)}\n`)
    else if (removed) {
      host.out(
        `Removed ${removed.removed} of ${rows.length} checkpoints, ${bytes(removed.bytes)}.\n`
      )
    } else host.out(listCheckpoints(rows))
    return exitCodes.ok
  }
}

function listCheckpoints(rows: readonly CheckpointRow[]): string {
  if (rows.length === 0) return 'The run has no checkpoint.\n'
  const total = rows.reduce((sum, row) => sum + row.bytes, 0)
  const lines = rows.map(({ step, bytes: size, kept }) => [
    String(step),
    bytes(size),
    kept ?? 'by schedule'
  ])
  return `${table(['STEP', 'SIZE', 'KEPT'], lines)}${rows.length} checkpoints, ${bytes(total)}\n`
}

/** @throws {UserError} `cli.usage` for what is neither steps nor a range, or a range without a checkpoint */
function stepsOf(text: string, rows: readonly CheckpointRow[]): number[] {
  const range = /^(\d+)-(\d+)$/.exec(text)
  if (range) {
    const [low, high] = [Number(range[1]), Number(range[2])]
    const within = rows.map(({ step }) => step).filter((step) => step >= low && step <= high)
    if (within.length > 0) return within
    throw usageError(checkpoints, `There is no checkpoint from step ${low} to ${high}.`)
  }
  if (/^\d+(,\d+)*$/.test(text)) return text.split(',').map(Number)
  throw usageError(checkpoints, `--remove is "${text}"; it takes steps or a range.`)
}
