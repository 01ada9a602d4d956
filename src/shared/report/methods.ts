/**
 * What was done, in sentences made of the configs of the study's cells and of the constants that the program itself
 * goes by: a setting that varies is said to vary, and nothing is said that no setting says.
 */
import type { BudgetRule } from '../budget-rule'
import { ruleText } from '../budget-words'
import type { Group, RunConfig } from '../config'
import { definition } from '../milestones'
import { drawnOrders, mostOrders } from '../statistics/permutation'
import { studySettings, valuesText, type StudySetting } from './settings'

export interface MethodsInput {
  configs: readonly RunConfig[]
  axes: readonly {
    name: string
    label: string
    isSeeds: boolean
    points: readonly { label: string }[]
  }[]
  split: string | null
  /** By which runs go on past their budget, and how many did; null where none may. */
  extension: { rule: BudgetRule; extended: number } | null
  /** Whether groups were compared. */
  compared: boolean
}

/** One paragraph per subject. */
export function methodsParagraphs(input: MethodsInput): string[] {
  const { configs, axes, split, extension, compared } = input
  if (configs.length === 0) return ['No cell of this study has a config that can be trained.']
  const settings = studySettings(configs)
  return [
    designText(configs, axes),
    ...(['data', 'model', 'optimizer'] as const).map((group) => groupText(group, settings)),
    [budgetText(settings), ...(extension ? [extensionText(extension)] : [])].join(' '),
    eventText(split),
    ...(compared ? [statisticsText] : [])
  ]
}

function designText(configs: readonly RunConfig[], axes: MethodsInput['axes']): string {
  const varied = axes.filter(({ isSeeds }) => !isSeeds)
  const seeds = [...new Set(configs.map(({ seed }) => seed))]
  const own = new Set(configs.map(({ orderSeed }) => orderSeed))
  const grid = varied.map(
    ({ name, label, points }) =>
      `${label === name ? name : `${label} (${name})`}: ${points.map((point) => point.label).join(', ')}`
  )
  const count = configs.length.toLocaleString('en')
  const what = own.size === 1 && own.has(null) ? ', and order of examples' : ''
  return [
    `${count} ${configs.length === 1 ? 'cell has a config' : 'cells have configs'} that can be trained.`,
    grid.length > 0 ? `Varied: ${grid.join('; ')}.` : 'Nothing but the seed is varied.',
    `${seeds.length === 1 ? 'Seed' : 'Seeds'} ${seeds.join(', ')}: a seed decides data set, initial weights${what}.`,
    ...(what ? [] : ['The order of examples has a seed of its own.'])
  ].join(' ')
}

const count = (n: number): string => n.toLocaleString('en')

const groupNames: Record<Group, string> = {
  data: 'Data',
  model: 'Model',
  optimizer: 'Optimization',
  budget: 'Budget'
}

/** "Data: data set Comparison; entities 1,000; ..." */
function groupText(group: Group, settings: readonly StudySetting[]): string {
  const parts = settings
    .filter((setting) => setting.group === group && !isUnset(setting))
    .map((setting) => `${lower(setting.label)} ${valuesText(setting)}`)
  return `${groupNames[group]}: ${parts.join('; ')}.`
}

/** Left empty in every cell that has it. */
const isUnset = ({ values }: StudySetting): boolean =>
  values.every((value) => value === null || value === '' || value === undefined)

const lower = (label: string): string =>
  /^[A-Z][a-z]/.test(label) ? label[0]!.toLowerCase() + label.slice(1) : label

function budgetText(settings: readonly StudySetting[]): string {
  const of = (path: string): StudySetting => settings.find((setting) => setting.path === path)!
  const only = (path: string): unknown => {
    const { values } = of(path)
    return values.length === 1 ? values[0] : undefined
  }
  const text = (path: string): string => valuesText(of(path))
  const tests = only('budget.tests')
  const counted = tests === 'any' ? 'any test split' : 'every test split'
  const stops: Record<string, string> = {
    never: 'No run was to end before its budget.',
    generalised: `A run was to end ${text('budget.margin')} after ${counted} had generalised.`,
    target: `A run was to end when ${counted} held an accuracy of ${text('budget.target')}.`
  }
  const stop = only('budget.stop')
  const rule =
    typeof stop === 'string' && (stop === 'never' || tests !== undefined)
      ? stops[stop]!
      : `When a run was to end early varied: ${text('budget.stop')}; tests that count: ${text('budget.tests')}.`
  return [
    `Each run was given ${text('budget.steps')}.`,
    `The precision of training was ${text('engine.precision')}.`,
    rule,
    'A plateau never ended a run before its budget.',
    `All splits were evaluated at multiples of ${text('evaluation.every')} and at logarithmically spaced steps, ${text('evaluation.perDecade')}.`
  ].join(' ')
}

function extensionText({ rule, extended }: NonNullable<MethodsInput['extension']>): string {
  const runs = `${count(extended)} ${extended === 1 ? 'run has' : 'runs have'}`
  return `${ruleText(rule)} The interval is that of a straight line by least squares (Newey and West). ${runs} gone on so.`
}

function eventText(split: string | null): string {
  const { thresholds, persistence, rise } = definition
  return [
    `A run has memorised at the first evaluation from which the accuracy on all its training splits is at least ${thresholds.train} for ${persistence} evaluations in a row`,
    `and has generalised at the first from which that of a test split is at least ${thresholds.test}, for as many.`,
    split === null
      ? 'No split was chosen as the event.'
      : `The event of this study is generalisation on ${split}.`,
    'A run without the event is not missing: it is censored at its last evaluation.',
    `Failed runs are counted, and take no part. The delay is the step of generalisation minus that of memorisation; the rise are the steps from ${100 * rise.low} % to ${100 * rise.high} % of the way to the plateau.`
  ].join(' ')
}

const statisticsText = [
  'Fractions of runs with the event are Kaplan-Meier estimates, their 95 % intervals by Greenwood with the log-log transformation, medians with the interval of Brookmeyer and Crowley.',
  `Groups are compared by the log-rank test, two-sided, its p value by permutation of the scores of Peto and Peto: all assignments of runs to groups up to ${count(mostOrders)}, else ${count(drawnOrders)} drawn ones.`,
  'Pairs of groups are corrected by Holm; claims are not corrected for one another.',
  'Effects are hazard ratios (one-step estimate of Peto) and differences of restricted mean steps, both with 95 % intervals from the normal distribution: with few runs these are rough.'
].join(' ')
