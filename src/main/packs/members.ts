/**
 * The files that a pack may hold. Their names are a closed list of forms in ASCII, so that no name can lead out of the
 * folder that a pack is unpacked in, mean a device, or mean two files on a disk that folds case.
 *
 *     manifest.json                              manifest.ts
 *     README.md                                  for whoever unzips it
 *     study.json                                 the study with its claims
 *     report.html                                the study's report
 *     figures/NAME.svg
 *     runs/ID/config.json, label.json, extension.json   as in a library's run folder
 *     runs/ID/events.jsonl                       everything that was measured
 *     runs/ID/checkpoints/step-000005000/...     as the trainer wrote them
 */
export const manifestName = 'manifest.json'

const runId = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}'
const checkpointFile =
  '(?:manifest\\.json|config\\.json|(?:model|optimizer)\\.safetensors|kept\\.txt)'
const runFile = `(?:config\\.json|label\\.json|extension\\.json|events\\.jsonl|checkpoints/step-\\d{9,12}/${checkpointFile})`

const form = new RegExp(
  `^(?:manifest\\.json|README\\.md|report\\.html|study\\.json|figures/[a-z0-9][a-z0-9-]{0,59}\\.svg|runs/(${runId})/${runFile})$`
)

/** Whether a pack may hold a file of this name. */
export const isMemberName = (name: string): boolean => form.test(name)

/** The run that a member belongs to; null for those of the whole pack. */
export const runOfMember = (name: string): string | null => form.exec(name)?.[1] ?? null

/** The member's step, for files of checkpoints; null for others. */
export const checkpointStep = (name: string): number | null => {
  const digits = /\/checkpoints\/step-(\d{9,12})\//.exec(name)?.[1]
  return digits === undefined ? null : Number(digits)
}

/** Weights and moments are noise to a compressor, and take long. */
export const isCompressed = (name: string): boolean => !name.endsWith('.safetensors')

/** The most that a member may unpack to, bytes; event lines and weights are bounded by the pack's total alone. */
export const mostBytes = (name: string): number =>
  /\.(?:jsonl|safetensors)$/.test(name) ? Infinity : name.endsWith('kept.txt') ? 2 ** 16 : 2 ** 25
