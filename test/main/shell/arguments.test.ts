import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { libraryKey, runsArgument } from '../../../src/main/shell/arguments'

describe('the command line of the app', () => {
  it('names the library with --runs, wherever it stands', () => {
    expect(runsArgument(['electron', '.', '--runs', 'lab'], '/home/ada')).toBe(
      resolve('/home/ada', 'lab')
    )
    expect(runsArgument(['electron', '--no-sandbox', '--runs=/lab', '.'], '/')).toBe(
      resolve('/lab')
    )
  })

  it('leaves the library to the default without it', () => {
    expect(runsArgument(['electron', '.'], '/')).toBeNull()
    expect(runsArgument(['electron', '.', '--runs'], '/')).toBeNull()
    expect(runsArgument(['electron', '.', '--runs='], '/')).toBeNull()
  })

  it('gives every library a short folder name of its own', () => {
    expect(libraryKey('/lab')).toBe(libraryKey('/lab'))
    expect(libraryKey('/lab')).not.toBe(libraryKey('/lab2'))
    expect(libraryKey('/lab')).toMatch(/^[0-9a-f]{12}$/)
  })
})
