/** A study's claims with their verdicts, as text for a terminal. */
import {
  claimMedianText,
  standingText,
  verdictText,
  type ClaimGroup,
  type ClaimResult
} from '@shared/study-claims'
import { laterText, ratioText, testText } from '@shared/study-words'

/** Verdicts alone, one line each; '' without claims. */
export function listVerdicts(results: readonly ClaimResult[]): string {
  if (results.length === 0) return ''
  const lines = results.map((result) => `  ${result.claim.sentence} ${withStanding(result)}.`)
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
      `    ${withStanding(result)}.`,
      `    ${groupText(first)}; ${groupText(second)}`,
      ...effectText(result)
    ].join('\n')
  })
  return `\nClaims, each at its own alpha\n${blocks.join('\n')}\n`
}

function withStanding(result: ClaimResult): string {
  const standing = standingText(result)
  return `${verdictText(result)}${standing ? `; ${standing}` : ''}`
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
  return [
    `    ${second.label} against ${first.label}: hazard ratio ${ratioText(hazardRatio)}, ${laterText(meanDifference)}`,
    `    log-rank ${testText(test)}`
  ]
}
