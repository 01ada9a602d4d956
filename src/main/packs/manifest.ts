/** What a pack says of itself, and how far its word is believed. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { UserError } from '@shared/errors'
import { EngineInfo } from '@shared/events'
import { PackCheckpoints } from '@shared/pack'
import { isMemberName, manifestName, runOfMember } from './members'

/** Raised when a reader of before could misread a pack. */
export const packVersion = 1

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

export const PackedRun = z.object({
  id: z.string(),
  name: z.string().max(400),
  state: z.string().max(40),
  step: z.int().nonnegative(),
  steps: z.int().nonnegative(),
  seed: z.number(),
  /** Of the resolved config. */
  configHash: sha256,
  /** Of the data set that was built; null for a run that never began. */
  datasetHash: z.string().max(200).nullable(),
  /** The engine that trained it last, with its versions and its machine. */
  engine: EngineInfo.nullable()
})
export type PackedRun = z.infer<typeof PackedRun>

export const PackManifest = z.object({
  format: z.literal('grokpack'),
  version: z.literal(packVersion),
  title: z.string().max(400),
  /** Unix time, milliseconds. */
  createdAt: z.number(),
  /** The Grokscope that wrote it. */
  app: z.object({ version: z.string().max(60), node: z.string().max(60) }),
  checkpoints: PackCheckpoints,
  /** Id of the study that it is of; null for picked runs. */
  study: z.string().max(100).nullable(),
  runs: z.array(PackedRun).max(10_000),
  /** What was left out, and why. */
  notes: z.array(z.string().max(1000)).max(20_000),
  /** All members but the manifest. */
  members: z.record(z.string(), z.object({ bytes: z.int().nonnegative(), sha256 }))
})
export type PackManifest = z.infer<typeof PackManifest>

export interface ReadManifest {
  manifest: PackManifest
  /** SHA-256 of its bytes, hex. */
  fingerprint: string
}

/** A pack that is not what a pack is: `pack.damaged`, with what is wrong. */
export const damaged = (what: string): UserError =>
  new UserError(
    'pack.damaged',
    `The pack is damaged or was tampered with: ${what}.`,
    'Get it again from where it came from. Nothing of it was taken in.'
  )

/** JSON nested deeper than this was made to break its reader. */
const mostDepth = 64

/** @throws {UserError} `pack.damaged` for what is no JSON of sane depth */
export function parsePackJson(bytes: Uint8Array, name: string): unknown {
  const text = Buffer.from(bytes).toString('utf8')
  if (depthOf(text) > mostDepth) throw damaged(`${name} is nested deeper than ${mostDepth} levels`)
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(`${name} is not JSON`)
  }
}

/** How deep the brackets of a JSON text go, strings left out. */
function depthOf(text: string): number {
  let [depth, most, quoted] = [0, 0, false]
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (quoted) {
      if (c === 0x5c) i++
      else if (c === 0x22) quoted = false
    } else if (c === 0x22) quoted = true
    else if (c === 0x5b || c === 0x7b) most = Math.max(most, ++depth)
    else if (c === 0x5d || c === 0x7d) depth--
  }
  return most
}

/**
 * @throws {UserError} `pack.newer` for one that this version cannot read, else `pack.damaged`
 */
export function readManifest(bytes: Uint8Array): ReadManifest {
  const content = parsePackJson(bytes, manifestName)
  const head = z.looseObject({ format: z.literal('grokpack'), version: z.int() }).safeParse(content)
  if (!head.success) throw damaged(`${manifestName} is not that of a pack`)
  if (head.data.version > packVersion) {
    throw new UserError(
      'pack.newer',
      `The pack has form ${head.data.version}; this Grokscope reads forms up to ${packVersion}.`,
      'Open it with a newer Grokscope.'
    )
  }
  const parsed = PackManifest.safeParse(content)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw damaged(`${manifestName}: ${path.join('.')}: ${message}`)
  }
  assertWhole(parsed.data)
  return { manifest: parsed.data, fingerprint: createHash('sha256').update(bytes).digest('hex') }
}

/** Members and runs belong together, and no two names are one on a disk that folds case. */
function assertWhole({ runs, members, study }: PackManifest): void {
  const ids = new Set(runs.map(({ id }) => id))
  if (ids.size < runs.length) throw damaged(`${manifestName} names a run twice`)
  const folded = new Set<string>()
  for (const name of Object.keys(members)) {
    if (!isMemberName(name) || name === manifestName)
      throw damaged(`no pack has a member ${shown(name)}`)
    const run = runOfMember(name)
    if (run !== null && !ids.has(run))
      throw damaged(`${name} is of a run that the manifest does not name`)
    const lower = name.toLowerCase()
    if (folded.has(lower)) throw damaged(`it holds ${name} twice`)
    folded.add(lower)
  }
  for (const id of ids) {
    if (!Object.hasOwn(members, `runs/${id}/config.json`))
      throw damaged(`run ${shown(id)} has no config.json`)
  }
  if ((study !== null) !== Object.hasOwn(members, 'study.json')) {
    throw damaged('its manifest and its study.json do not belong together')
  }
}

/** A name from outside, as it may stand in a message. */
export const shown = (name: string): string => JSON.stringify(name.slice(0, 120))
