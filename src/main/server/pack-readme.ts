/** The README within a pack, for whoever unzips it without Grokscope. */
import { packEnding } from '@shared/pack'
import type { PackFacts } from '../packs/write-pack'
import { escapeMarkdown } from '../report/markdown'

export function packReadme({
  title,
  createdAt,
  app,
  runs,
  checkpoints,
  notes,
  study
}: PackFacts): string {
  const rows = runs.map(
    ({ id, name, seed, state, step, engine }) =>
      `| ${id} | ${escapeMarkdown(name)} | ${seed} | ${state} at ${step} | ${escapeMarkdown(engine?.detail ?? '')} | ${escapeMarkdown(engine?.machine ?? '')} |`
  )
  return `# ${escapeMarkdown(title)}

A replication pack of Grokscope ${app.version}, written ${new Date(createdAt).toISOString()}.

    npx grokscope pack open FILE${packEnding}      # as runs${study === null ? '' : ' and a study'} of your library
    npx grokscope pack verify FILE${packEnding}    # train again and compare

It is a zip file. manifest.json names every member with its size and SHA-256. Of each run there are config.json (all
settings, with the seed), events.jsonl (everything that was measured, one JSON object a line)${checkpoints === 'none' ? '' : ' and checkpoints'}.

| Run | Name | Seed | State | Engine | Machine |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
${notes.length > 0 ? `\n${notes.map((note) => `- ${note}`).join('\n')}\n` : ''}`
}
