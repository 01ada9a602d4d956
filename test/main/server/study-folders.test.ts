import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { parseStudy } from '@shared/study-input'
import { openStudyFolders, type StoredStudy } from '../../../src/main/server/study-folders'
import { temporaryFolder } from '../../support/library'

const stored = (id: string, createdAt: number): StoredStudy => ({
  ...{ id, createdAt, archived: false },
  verdicts: [{ claim: 'c', evidence: 'e', verdict: 'undecided', p: null, at: 3 }],
  study: parseStudy({ name: 'a', title: id, base: {}, axes: [{ kind: 'seeds', seeds: [1, 2] }] })
})

it('studies come back as they were written, the newest first', () => {
  const folders = openStudyFolders(temporaryFolder(), () => undefined)
  folders.write(stored('old-1', 1))
  folders.write(stored('new-1', 2))
  expect(folders.list()).toEqual([stored('new-1', 2), stored('old-1', 1)])
  expect(folders.read('old-1')).toEqual(stored('old-1', 1))
})

it('folders that hold no study are passed over, and names that lead elsewhere are none', () => {
  const library = temporaryFolder()
  const log: string[] = []
  const folders = openStudyFolders(library, (line) => log.push(line))
  mkdirSync(join(library, 'studies/torn'))
  writeFileSync(join(library, 'studies/torn/study.json'), '{"version": 1, ')
  mkdirSync(join(library, 'studies/wrong'))
  const wrong = { version: 1, id: 'wrong', createdAt: 1, study: { name: 'NO' } }
  writeFileSync(join(library, 'studies/wrong/study.json'), JSON.stringify(wrong))
  mkdirSync(join(library, 'studies/empty'))
  expect(folders.list()).toEqual([])
  expect(log).toHaveLength(1)
  expect(log[0]).toContain('studies/wrong')
  expect(folders.read('../runs')).toBeNull()
})
