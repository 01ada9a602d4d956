/** What a difference between settings is to a comparison, and what the comparison is probably about. */
import { settingDifferences, type SettingDifference } from './setting-differences'

/** What a difference between settings is to the comparison. */
export type DifferenceRole =
  /** Declared as what the comparison is about. */
  | 'question'
  /** Differs besides the question. */
  | 'unintended'
  /** Only some of the families or kinds of data have it. */
  | 'belongs'
  /** Changes what is recorded or how long, not what is learned by a given step. */
  | 'recording'
  | 'seed'

/**
 * The settings that a comparison is most likely about: the only one that differs, else the family, else the kind of
 * data, else those of the data where no others differ. Empty where there is no telling.
 */
export function likelyQuestion(configs: readonly unknown[]): string[] {
  const rows = settingDifferences(configs).filter(
    (row) => roleOf(row, new Set(), false) === 'unintended'
  )
  if (rows.length === 1) return [rows[0]!.path]
  const tag = rows.find(({ path }) => path === 'model.family' || path === 'dataset.kind')
  if (tag) return [tag.path]
  return rows.length <= 2 && rows.every(({ group }) => group === 'data')
    ? rows.map(({ path }) => path)
    : []
}

/** @param falling whether a learning rate falls over the budget, which then decides what is learned */
export function roleOf(
  { path, values }: SettingDifference,
  question: ReadonlySet<string>,
  falling: boolean
): DifferenceRole {
  if (question.has(path)) return 'question'
  if (path === 'seed') return 'seed'
  if (values.includes(undefined)) return 'belongs'
  const recorded =
    path.startsWith('checkpoints.') ||
    path.startsWith('evaluation.') ||
    // A falling learning rate ends with the budget.
    (path.startsWith('budget.') && !(falling && path === 'budget.steps'))
  return recorded ? 'recording' : 'unintended'
}
