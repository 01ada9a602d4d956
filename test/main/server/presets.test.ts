import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readPresets } from '../../../src/main/server/presets'
import { temporaryFolder } from '../../support/library'

it('presets are read in order; a broken one is named in the log and left out', () => {
  const folder = temporaryFolder()
  const write = (file: string, value: unknown): void =>
    writeFileSync(join(folder, file), typeof value === 'string' ? value : JSON.stringify(value))
  const preset = (name: string, config: object = {}) => ({ name, title: name, summary: '', config })
  write('b.json', preset('b'))
  write('a.json', preset('a', { model: { nLayer: 2 } }))
  write('c-torn.json', '{"name":')
  write('d-wrong-form.json', { ...preset('d'), name: 'Not A Name' })
  write('e-bad-config.json', preset('e', { model: { nLayer: 0 } }))
  write('readme.txt', 'not a preset')
  const log: string[] = []
  expect(readPresets(folder, (line) => log.push(line)).map((p) => p.name)).toEqual(['a', 'b'])
  expect(log).toHaveLength(3)
  expect(log[2]).toContain('e-bad-config.json is left out: model.nLayer: 0 is refused')
})
