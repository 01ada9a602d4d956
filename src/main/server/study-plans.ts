/** Studies with what their runs came to: what requests about studies begin with. */
import type { Preset } from '@shared/config'
import { parseRunConfig } from '@shared/config-input'
import { RunRow } from '@shared/contract'
import { UserError } from '@shared/errors'
import type { Study } from '@shared/study'
import { judgeClaims, type ClaimResult } from '@shared/study-claims'
import { planStudy, type StudyPlan } from '@shared/study-plan'
import { cellResults, type CellResult } from '@shared/study-results'
import type { ClaimStanding } from '@shared/study-standing'
import { pinDataset } from '../datasets/index'
import type { RunRecord, Store } from '../store/store'
import { hashConfig } from './config-hash'
import { extensionOf } from './extensions'
import type { Extension } from './folders'
import { standingsOf } from './study-evidence'
import type { StoredStudy, StudyFolders } from './study-folders'

export interface StudyPlansHost {
  store: Store
  studies: StudyFolders
  presets: readonly Preset[]
}

/** A plan with its results, in the order of its cells. */
export interface StudyOutcome extends StudyPlan {
  results: CellResult[]
  /** Today's hash of the config of runs from before a setting was added to all configs, by id. */
  rehashed: Record<string, string>
}

export type StudyPlans = ReturnType<typeof createStudyPlans>

export function createStudyPlans({ store, studies, presets }: StudyPlansHost) {
  /** By run: a run's config never changes. */
  const todaysHashes = new Map<string, string>()

  /** @throws {UserError} `study.base` where the study's base is no preset's name */
  const plan = (study: Study): StudyPlan =>
    planStudy(study, {
      preset: (name) => presets.find((preset) => preset.name === name)?.config,
      hash: hashConfig,
      // Cells that read a file keep that file's hash, as runs do.
      resolve: (config) => ({ ...config, dataset: pinDataset(config.dataset, process.cwd()) })
    })

  /** @throws {UserError} `study.unknown` */
  function known(id: string): StoredStudy {
    const stored = studies.read(id)
    if (stored) return stored
    throw new UserError(
      'study.unknown',
      `There is no study "${id}".`,
      'List the studies and name one of them.'
    )
  }

  const runsOf = (id: string): RunRow[] => store.runsOfStudy(id).map((run) => RunRow.parse(run))

  /** A setting that was added since has its default in old configs, as if it had been there all along. */
  function rehashed(id: string): Record<string, string> {
    const changed: Record<string, string> = {}
    for (const { id: run, config, configHash } of store.runsOfStudy(id)) {
      const hash = todaysHashes.get(run) ?? todaysHash(config, configHash)
      todaysHashes.set(run, hash)
      if (hash !== configHash) changed[run] = hash
    }
    return changed
  }

  /** @param id null: a study that is being written, and has no runs */
  function outcome(study: Study, id: string | null, planned = plan(study)): StudyOutcome {
    const today = id === null ? {} : rehashed(id)
    const { cells, split } = planned
    const results = cellResults(
      { cells, split, rehashed: today },
      id ?? '',
      id === null ? [] : runsOf(id)
    )
    return { ...planned, results, rehashed: today }
  }

  const standings = (
    { study, verdicts }: StoredStudy,
    { split, results }: StudyOutcome
  ): ClaimStanding[] => standingsOf(study.claims, verdicts, split, results)

  const claims = (stored: StoredStudy, found: StudyOutcome): ClaimResult[] =>
    judgeClaims(stored.study.claims, found.results, standings(stored, found))

  /** How far a finished run of a study is to go on, by its rule; null where it is not. */
  function extension(run: RunRecord): Extension | null {
    const stored = run.study && studies.read(run.study.id)
    // A study may have thousands of cells: none is planned for nothing.
    if (!stored?.study.extend) return null
    return extensionOf(store, stored, plan(stored.study).split, run)
  }

  /** The extensions that are due, by the index of the cell. */
  function dueExtensions(stored: StoredStudy, { split, results }: StudyOutcome) {
    if (!stored.study.extend) return []
    return results.flatMap(({ run, generalisation }, i) => {
      // Looked at every time the plan is: curves are read of those alone that have not arrived.
      const waits = run?.state === 'finished' && generalisation?.state !== 'reached'
      const record = waits ? store.run(run.id) : undefined
      const due = record && extensionOf(store, stored, split, record)
      return due ? [{ index: i, run: record.id, extension: due }] : []
    })
  }

  return { plan, known, outcome, standings, claims, extension, dueExtensions }
}

/** A config that today's rules refuse keeps the hash it had. */
function todaysHash(config: unknown, before: string): string {
  try {
    return hashConfig(parseRunConfig(config))
  } catch {
    return before
  }
}
