/** A study's claims with their verdicts, as text for a terminal. */
import {
  claimMedianText,
  pText,
  verdictText,
  type ClaimGroup,
  type ClaimResult
} from '@shared/study-claims'
import { shortNumber } from './format'

/** Verdicts alone, one line each; '' without claims. */
export function listVerdicts(results: readonly ClaimResult[]): string {
  if (results.length === 0) return ''
  const lines = results.map((result) => `  ${result.claim.sentence} ${verdictText(result)}.`)
  return `Claims\n${lines.join('\n')}\n`
}

/** Each claim with its verdict and what that rests on; '' without claims. */
export function describeClaims(results: readonly ClaimResult[]): string {
  if (results.length === 0) return ''
  const blocks = results.map((result) => {
    const { claim, first, second } = result
    const held = Object.entries(claim.where).map(([axis, label]) => `${axis} ${label}`)
    return [
      `  ${claim.sentence}${held.length > 0 ? ` (at ${held.join(', ')})` : ''}`,
      `    ${verdictText(result)}.`,
      `    ${groupText(first)}; ${groupText(second)}`,
      ...effectText(result)
    ].join('\n')
  })
  return `\nClaims, each at its own alpha\n${blocks.join('\n')}\n`
}

function groupText(group: ClaimGroup): string {
  const { label, runs, events, failures } = group
  const median = claimMedianText(group)
  return [
    `${label}: ${runs} ${runs === 1 ? 'run' : 'runs'}, ${events} generalised`,
    ...(failures > 0 ? [`${failures} failed`] : []),
    ...(median ? [`median step ${median}`] : [])
  ].join(', ')
}

function effectText({ second, first, test, hazardRatio, meanDifference }: ClaimResult): string[] {
  if (!test || !hazardRatio || !meanDifference) return []
  const count = (steps: number): string => Math.round(steps).toLocaleString('en')
  const { ratio, low, high } = hazardRatio
  const { steps, horizon } = meanDifference
  const [word, by, from, to] =
    steps < 0
      ? (['earlier', -steps, -meanDifference.high, -meanDifference.low] as const)
      : (['later', steps, meanDifference.low, meanDifference.high] as const)
  const hazard = `hazard ratio ${shortNumber(ratio)} (${shortNumber(low)} to ${shortNumber(high)})`
  const delay = `${word} by ${count(by)} steps (${count(from)} to ${count(to)}) up to ${count(horizon)}`
  return [
    `    ${second.label} against ${first.label}: ${hazard}, ${delay}, log-rank ${pText(test.p)}`
  ]
}
