import { BudgetRule } from '@shared/budget-rule'
import { ruleText, triedText } from '@shared/budget-words'
import { applyAssignment } from '@shared/config-input'
import { UserError } from '@shared/errors'
import type { Study } from '@shared/study'
import { exitCodes, type Arguments, type Host } from './command'
import { table } from './format'
import { withStudy } from './library-study'

/** What a budget rule would have made of stored runs, before it is trusted with new ones. */
export async function tryRule(host: Host, args: Arguments): Promise<number> {
  const start = startOption(args)
  const { rule, tried } = await withStudy(host, args, async ({ request }, { id, study }) => {
    const asked = chooseRule(study, args.texts('set'))
    const runs = args.flag('library') ? ('library' as const) : ('study' as const)
    const answer = await request['studies.try']({
      ...{ id, runs, rule: asked },
      ...(start !== undefined && { start })
    })
    return { rule: asked, tried: answer }
  })
  if (args.flag('json')) {
    host.out(`${JSON.stringify({ rule, runs: tried }, null, 2)}\n`)
    return exitCodes.ok
  }
  const said = rule ? ruleText(rule) : 'The stop rules alone: no run is extended.'
  host.out(
    `${said}\n${start === undefined ? '' : `Each run is given ${start} steps at first.\n`}\n`
  )
  host.out(`${triedText(tried)}\n`)
  if (tried.length > 0) {
    const rows = tried.map(({ id, name, state, steps, recorded, tooEarly, why }) => [
      ...[name, state === 'beyond' ? `> ${count(steps)}` : count(steps), count(recorded)],
      ...[tooEarly ? 'too early' : '', why, id]
    ])
    host.out(`\n${table(['RUN', 'STEPS', 'RECORDED', '', 'WHY IT ENDS', 'ID'], rows)}`)
  }
  return exitCodes.ok
}

const count = (n: number): string => n.toLocaleString('en')

function startOption(args: Arguments): number | undefined {
  const text = args.text('start')
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new UserError(
    'cli.usage',
    `--start takes a number of steps, not "${text}".`,
    'Write for example --start 2000.'
  )
}

/** The study's rule with changes; without a rule and without changes, none. */
function chooseRule({ extend }: Study, assignments: readonly string[]): BudgetRule | null {
  if (!extend && assignments.length === 0) return null
  const asked = assignments.reduce<unknown>(applyAssignment, extend ?? {})
  const parsed = BudgetRule.safeParse(asked)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue!.path.map(String).join('.')
  throw new UserError(
    'rule.invalid',
    `The rule is refused: ${path ? `${path}: ` : ''}${issue!.message}.`,
    'Name its fields with --set, e.g. --set cap=40000 --set window=0.25 --set least.accuracy=0.01.'
  )
}
