import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UserError } from '@shared/errors'
import type { Preset } from '@shared/config'
import { chooseConfig } from '../../../src/main/cli/config-source'
import { temporaryFolder } from '../../support/library'

const presets: Preset[] = [
  {
    name: 'small-one',
    title: 'Small',
    summary: 'A small one.',
    config: { dataset: { entities: 300 }, seed: 7 }
  }
]

function fileOf(content: string): string {
  const path = join(temporaryFolder(), 'some config.json')
  writeFileSync(path, content)
  return path
}

function refusal(name: string): UserError {
  try {
    chooseConfig(name, [], presets)
  } catch (error) {
    if (error instanceof UserError) return error
  }
  throw new Error('accepted')
}

test('a preset, with defaults filled in', () => {
  const { preset, config } = chooseConfig('small-one', [], presets)
  expect(preset).toBe('small-one')
  expect(config).toMatchObject({ seed: 7, dataset: { entities: 300, attributes: 20 } })
})

test('a file that holds a config, a preset or a run', () => {
  const config = { seed: 3, model: { nLayer: 2 } }
  for (const content of [config, { ...presets[0], config }, { version: 1, id: 'x', config }]) {
    const chosen = chooseConfig(fileOf(JSON.stringify(content)), [], presets)
    expect(chosen.preset).toBeNull()
    expect(chosen.config).toMatchObject({ seed: 3, model: { nLayer: 2, dModel: 768 } })
  }
})

test('assignments change it, the last one wins, and the preset stays as it was', () => {
  const assignments = ['seed=1', 'model.nLayer=3', 'seed=2']
  const { config } = chooseConfig('small-one', assignments, presets)
  expect(config).toMatchObject({ seed: 2, model: { nLayer: 3 }, dataset: { entities: 300 } })
  expect(presets[0]!.config['seed']).toBe(7)
})

test('what is neither names the preset that was meant', () => {
  expect(refusal('smal-one')).toMatchObject({
    code: 'config.missing',
    message: '"smal-one" is neither a preset nor a file.',
    hint: 'Did you mean small-one? Presets are small-one.'
  })
})

test('a folder, or a file without JSON, is refused', () => {
  expect(refusal(temporaryFolder()).message).toMatch(/cannot be read \(EISDIR\)/)
  expect(refusal(fileOf('{"seed": 1,}'))).toMatchObject({ code: 'config.syntax' })
  expect(refusal(fileOf('[1, 2]')).code).toBe('config.invalid')
})
