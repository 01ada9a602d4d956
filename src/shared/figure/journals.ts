/**
 * Where a figure will be printed: its width, type and line widths as that place asks for them. Data only; each
 * entry names where it is laid down. Nature's was read there; the others are as commonly quoted from those places: read
 * your journal's own guide before you submit. Sizes are of the figure as printed, so that nothing is scaled in the paper.
 */
import type { Family } from './drawing/fonts'

export interface Journal {
  /** As written on the command line. */
  id: string
  label: string
  /** Millimetres. */
  width: number
  /** The most there is room for above a caption, in mm. */
  maxHeight: number
  family: Family
  /** Points: text, and the smallest text (tick labels, notes). */
  text: number
  small: number
  /** Factor on the line widths and marker sizes of the screen, which are in px. */
  lines: number
  /** Width of axes and ticks, in points. */
  axis: number
  /** Lines behind the curves at the ticks. */
  grid: boolean
  /** Where it is laid down. */
  source: string
}

const inch = 25.4

type Kind = Omit<Journal, 'id' | 'label' | 'width'>

/** Widths of one place share everything else. */
const widths = (
  id: string,
  label: string,
  kind: Kind,
  sizes: readonly (readonly [suffix: string, label: string, width: number])[]
): Journal[] =>
  sizes.map(([suffix, size, width]) => ({
    ...kind,
    ...{ id: suffix ? `${id}-${suffix}` : id, label: `${label}, ${size}`, width }
  }))

/** Fine lines and small type, for two-column journals. */
const fine = { lines: 0.55, axis: 0.5, grid: false } as const
/** Figures among larger text. */
const plain = { lines: 0.6, axis: 0.6, grid: false } as const

const conference: Omit<Kind, 'source'> = {
  ...plain,
  ...{ family: 'serif', text: 8, small: 7, maxHeight: 200 }
}

export const journals: readonly Journal[] = [
  ...widths(
    'nature',
    'Nature',
    {
      ...{ ...fine, family: 'sans', text: 7, small: 6, maxHeight: 170 },
      source: 'research-figure-guide.nature.com, "Building and exporting figure panels"'
    },
    [
      ['single', 'single column', 89],
      ['double', 'double column', 183]
    ]
  ),
  ...widths(
    'science',
    'Science',
    {
      ...{ ...fine, family: 'sans', text: 7, small: 6, maxHeight: 200 },
      source: 'science.org, "Preparing your art and figures"'
    },
    [
      ['single', 'one column', 57],
      ['double', 'two columns', 121],
      ['full', 'three columns', 184]
    ]
  ),
  ...widths(
    'pnas',
    'PNAS',
    {
      ...{ ...fine, family: 'sans', text: 8, small: 6, maxHeight: 225 },
      source: 'pnas.org, "Digital art guidelines"'
    },
    [
      ['single', 'one column', 87],
      ['wide', 'one and a half columns', 114],
      ['double', 'two columns', 178]
    ]
  ),
  ...widths(
    'aps',
    'APS (Physical Review)',
    {
      ...{ ...plain, family: 'sans', text: 8, small: 8, maxHeight: 200 },
      source: 'journals.aps.org, style guide: lettering at least 2 mm high, lines at least 0.18 mm'
    },
    [
      ['single', 'one column', 86],
      ['double', 'two columns', 178]
    ]
  ),
  ...widths(
    'ieee',
    'IEEE',
    {
      ...{ ...plain, family: 'sans', text: 8, small: 8, maxHeight: 216 },
      source: 'journals.ieeeauthorcenter.ieee.org, "Resolution and size"'
    },
    [
      ['single', 'one column', 3.5 * inch],
      ['double', 'two columns', 7.16 * inch]
    ]
  ),
  ...widths(
    'acl',
    'ACL',
    { ...conference, source: 'acl-org/acl-style-files: text 16 cm wide, columns 0.6 cm apart' },
    [
      ['single', 'one column', 77],
      ['double', 'both columns', 160]
    ]
  ),
  ...widths('icml', 'ICML', { ...conference, source: 'icml.cc, example_paper.tex' }, [
    ['single', 'one column', 3.25 * inch],
    ['double', 'both columns', 6.75 * inch]
  ]),
  ...widths('neurips', 'NeurIPS', { ...conference, source: 'neurips.cc, neurips.sty' }, [
    ['half', 'half of the text', 2.65 * inch],
    ['full', 'width of the text', 5.5 * inch]
  ]),
  ...widths('iclr', 'ICLR', { ...conference, source: 'iclr.cc, iclr_conference.sty' }, [
    ['', 'width of the text', 5.5 * inch]
  ]),
  ...widths('jmlr', 'JMLR and TMLR', { ...conference, source: 'jmlr.org, jmlr2e.sty' }, [
    ['', 'width of the text', 6 * inch]
  ]),
  ...widths(
    'a4',
    'A4 page',
    {
      ...{ lines: 0.7, axis: 0.6, grid: true, family: 'sans', text: 9, small: 8 },
      ...{ maxHeight: 240, source: 'A4 with margins of 20 mm' }
    },
    [['', 'full width', 170]]
  ),
  ...widths(
    'slides',
    'Slides 16:9',
    {
      ...{ lines: 1.3, axis: 1, grid: true, family: 'sans', text: 16, small: 14 },
      ...{ maxHeight: 120, source: '13.33 x 7.5 in, room for a title' }
    },
    [
      ['', 'full width', 300],
      ['half', 'half width', 145]
    ]
  )
]

export const journalIds = journals.map(({ id }) => id)

export function findJournal(id: string): Journal {
  const found = journals.find((journal) => journal.id === id)
  if (!found) throw new Error(`no journal "${id}"`)
  return found
}
