/** What is said about replication packs. */
import type { OpenedPack, PackCheckpoints, WrittenPack } from '@shared/pack'
import { plural } from '../format'

export const packTexts = {
  pack: 'Pack',
  packHelp:
    'Pack: one file with settings, seeds, measurements and figures, which opens and verifies elsewhere',
  choices: {
    last: 'With the last checkpoint of each run',
    events: 'With the checkpoints around events',
    all: 'With all checkpoints',
    none: 'Without checkpoints'
  } satisfies Record<PackCheckpoints, string>,
  open: 'Open a pack',
  writing: 'The pack is being written.',
  reading: (name: string): string => `${name} is being opened.`,
  written: ({ name, runs, checkpoints }: WrittenPack): string =>
    `${name}: ${plural(runs, 'run')}, ${plural(checkpoints, 'checkpoint')}`,
  opened: ({ title, added, known }: OpenedPack): string =>
    `${title}: ${plural(added.length, 'run')} added${known.length > 0 ? `, ${known.length} here already` : ''}`
}
