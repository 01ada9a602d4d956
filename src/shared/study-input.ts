/** From what people write (files, forms) to a Study, or to a refusal that helps. */
import type { z } from 'zod'
import { nearestName } from './config-input'
import { UserError, type FieldIssue } from './errors'
import { maxCells, Study } from './study'
import { planAxes } from './study-axes'

/**
 * Parses a study, filling in defaults, and checks what spans its fields.
 * @throws {UserError} `study.invalid` with one issue per refused field.
 */
export function parseStudy(input: unknown): Study {
  const result = Study.safeParse(input)
  const issues = result.success ? checkStudy(result.data) : result.error.issues.map(toIssue)
  if (result.success && issues.length === 0) return result.data
  const first = issues[0]!
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  throw new UserError(
    'study.invalid',
    `${first.path || 'The study'}: ${first.message}${more}`,
    'Change the named field and try again.',
    issues
  )
}

function toIssue(issue: z.core.$ZodIssue): FieldIssue {
  return { path: issue.path.map(String).join('.'), message: issue.message }
}

/** Rules that span fields; every field is within its own limits already. */
function checkStudy(study: Study): FieldIssue[] {
  const issues: FieldIssue[] = []
  for (const [i, axis] of study.axes.entries()) {
    const refuse = (field: string, message: string, nearest?: unknown): void =>
      void issues.push({
        path: `axes.${i}.${field}`,
        message,
        ...(nearest !== undefined && { nearest })
      })
    if (axis.kind === 'range') {
      if (axis.from === axis.to) refuse('to', `${axis.to} is where the range begins`)
      if (axis.scale === 'log' && (axis.from <= 0 || axis.to <= 0)) {
        refuse('scale', `a log range from ${axis.from} to ${axis.to} passes 0`, 'linear')
      }
    } else if (axis.kind === 'random') {
      for (const [path, draw] of Object.entries(axis.draws)) {
        if ('values' in draw || draw.scale === 'linear' || (draw.from > 0 && draw.to > 0)) continue
        refuse(`draws.${path}`, `a log range from ${draw.from} to ${draw.to} passes 0`)
      }
    } else if (axis.kind === 'seeds') {
      const twice = axis.seeds.find((seed, at) => axis.seeds.indexOf(seed) < at)
      if (twice !== undefined) refuse('seeds', `names seed ${twice} twice`)
    }
  }
  const axes = planAxes(study)
  for (const [i, { name }] of axes.entries()) {
    if (axes.findIndex((axis) => axis.name === name) < i) {
      issues.push({ path: `axes.${i}.name`, message: `there is another axis "${name}"` })
    }
  }
  const cells = axes.reduce((product, { points }) => product * points.length, 1)
  if (cells > maxCells) {
    issues.push({
      path: 'axes',
      message: `make ${cells.toLocaleString('en')} cells; the limit is ${maxCells.toLocaleString('en')}`
    })
  }
  return [...issues, ...checkClaims(study, axes)]
}

function checkClaims(study: Study, axes: ReturnType<typeof planAxes>): FieldIssue[] {
  const issues: FieldIssue[] = []
  const names = axes.map(({ name }) => name)
  for (const [i, claim] of study.claims.entries()) {
    const checkPoint = (field: string, axisName: string, label: string): void => {
      const axis = axes.find(({ name }) => name === axisName)
      const known = axis ? axis.points.map((point) => point.label) : names
      const wanted = axis ? label : axisName
      if (axis && known.includes(label)) return
      const nearest = nearestName(wanted, known)
      issues.push({
        path: `claims.${i}.${field}`,
        message: `"${wanted}" is no ${axis ? `point of axis ${axisName}` : 'axis'}; known are ${known.join(', ') || 'none'}`,
        ...(nearest !== undefined && { nearest })
      })
    }
    if (claim.first === claim.second) {
      issues.push({
        path: `claims.${i}.second`,
        message: `"${claim.second}" is compared with itself`
      })
    }
    if (claim.axis in claim.where) {
      issues.push({
        path: `claims.${i}.where.${claim.axis}`,
        message: 'is the axis that is compared'
      })
    }
    checkPoint('first', claim.axis, claim.first)
    checkPoint('second', claim.axis, claim.second)
    for (const [axis, label] of Object.entries(claim.where)) {
      checkPoint(`where.${axis}`, axis, label)
    }
  }
  return issues
}
