import { afterEach, describe, expect, it } from 'vitest'
import { ensureFigureReaders, ensureLatex } from '../../src/setup/figure-tools.mjs'
import { fakeMachine, removeFolders } from './fake-machine'

afterEach(removeFolders)

const readers = ['rsvg-convert', 'pdftotext', 'pdftocairo', 'pdffonts']

describe('programs that read figures', () => {
  it('are taken from the PATH', async () => {
    const machine = fakeMachine({ programs: new Set([...readers, 'pdflatex']) })
    expect(await ensureFigureReaders(machine)).toBeUndefined()
    expect(await ensureLatex(machine)).toBeUndefined()
    expect(machine.ran).toEqual([])
  })

  it('are installed by root on Debian', async () => {
    const machine = fakeMachine({ isRoot: true, programs: new Set(['apt-get', 'pdftotext']) })
    machine.answer = (line) => {
      if (line.includes('install')) readers.forEach((program) => machine.programs.add(program))
      return undefined
    }
    expect(await ensureFigureReaders(machine)).toBeUndefined()
    expect(machine.ran.at(-1)).toMatch(/librsvg2-bin poppler-utils$/)
  })

  it('are asked for elsewhere, each that is missing by its name', async () => {
    const machine = fakeMachine({ programs: new Set(['apt-get', 'rsvg-convert']) })
    expect(await ensureFigureReaders(machine)).toBe(
      'No pdftotext, pdftocairo, pdffonts on the PATH: run `sudo apt-get install librsvg2-bin poppler-utils`.'
    )
    expect(machine.ran).toEqual([])
  })
})
