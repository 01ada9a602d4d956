/** Hashes of what claims rest on: with them a recorded verdict tells whether its runs have changed since. */
import { createHash } from 'node:crypto'
import { definition } from '@shared/milestones'
import type { Claim } from '@shared/study'
import { claimCells, type ClaimResult } from '@shared/study-claims'
import type { CellResult } from '@shared/study-results'
import type { ClaimStanding, RecordedVerdict } from '@shared/study-standing'
import type { StoredStudy } from './study-folders'

const sha256 = (content: unknown): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('hex')

/** What a claim compares and how; its sentence may be worded anew. */
const hashClaim = ({ axis, first, second, direction, where, alpha }: Claim): string =>
  sha256([axis, first, second, direction, Object.entries(where).sort(), alpha])

/** The runs of both groups, which they are and what they came to on the study's split. */
function hashEvidence(claim: Claim, split: string | null, results: readonly CellResult[]): string {
  const groups = claimCells(claim, results).map((cells) =>
    cells
      .flatMap(({ run, state, lifetime }) =>
        // The hash that the run was made with: a setting that is added to all configs later changes no evidence.
        run ? [[run.configHash, run.id, run.datasetHash, state === 'failed', lifetime]] : []
      )
      .map((row) => JSON.stringify(row))
      .sort()
  )
  return sha256([definition.version, split, groups])
}

/** Of each claim, in order, whether it is recorded, and whether that still holds. */
export function standingsOf(
  claims: readonly Claim[],
  recorded: readonly RecordedVerdict[],
  split: string | null,
  results: readonly CellResult[]
): ClaimStanding[] {
  return claims.map((claim) => {
    const evidence = hashEvidence(claim, split, results)
    const hash = hashClaim(claim)
    const found = recorded.find((record) => record.claim === hash) ?? null
    const state = !found ? 'unrecorded' : found.evidence === evidence ? 'current' : 'stale'
    return { evidence, state, recorded: found }
  })
}

/** The verdicts as they are now, of claims whose cells have all ended. */
export const recordsOf = (claims: readonly ClaimResult[], at: number): RecordedVerdict[] =>
  claims.flatMap(({ claim, standing, verdict, test, provisional }) =>
    standing && !provisional
      ? [{ claim: hashClaim(claim), evidence: standing.evidence, verdict, p: test?.p ?? null, at }]
      : []
  )

/** Records with those of the same claims replaced. */
export const withRecords = (
  before: readonly RecordedVerdict[],
  fresh: readonly RecordedVerdict[]
): RecordedVerdict[] => [
  ...before.filter(({ claim }) => !fresh.some((record) => record.claim === claim)),
  ...fresh
]

/** The study with the verdicts of claims that had none recorded; the very study where there are none to add. */
export function withFirstRecords(
  stored: StoredStudy,
  claims: readonly ClaimResult[],
  at: number
): StoredStudy {
  const unrecorded = claims.filter(({ standing }) => standing?.state === 'unrecorded')
  const fresh = recordsOf(unrecorded, at)
  if (fresh.length === 0) return stored
  return { ...stored, verdicts: withRecords(stored.verdicts, fresh) }
}
