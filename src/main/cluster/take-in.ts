/**
 * From the cluster into the run folders of the desk, by what is missing there: event lines from the byte where the
 * desk's own end, checkpoints by name. All of it is checked by hash before it counts, and may be repeated.
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { extract } from 'tar-stream'
import { z } from 'zod'
import { measureFile } from '../measure-file'
import type { Connection } from './connection'
import { LookAnswer, type LookOrder, type RunLook } from './protocol'
import { quote } from './quote'

/** Event lines of one answer, in bytes. */
const mostBytes = 2 ** 24

export interface Seen extends RunLook {
  lines: Buffer
}

/**
 * Asks what has become of runs.
 * @param folder the work folder
 * @param bundle the bundle whose programs answer
 */
export async function askAbout(
  connection: Connection,
  folder: string,
  bundle: string,
  runs: LookOrder['runs']
): Promise<Seen[]> {
  const place = `${folder}/bundles/${bundle}`
  const program = [`${place}/bin/node`, `${place}/out/main/cluster-far.js`, folder]
  const order: LookOrder = { runs, most: mostBytes }
  const stdout = await connection.must(program.map(quote).join(' '), JSON.stringify(order))
  const end = stdout.indexOf(10)
  const answer = LookAnswer.parse(JSON.parse(stdout.toString('utf8', 0, end)))
  let at = end + 1
  return answer.runs.map((run) => {
    const lines = stdout.subarray(at, at + run.sent)
    at += run.sent
    if (sha256(lines) === run.sentSha256) return { ...run, lines }
    throw new Error(`the event lines of run ${run.id} arrived damaged`)
  })
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Bytes of whole lines that the desk has; a line that was torn by a kill is cut off. */
export function heldBytes(runFolder: string): number {
  const file = join(runFolder, 'events.jsonl')
  if (!existsSync(file)) return 0
  const fd = openSync(file, 'r+')
  try {
    const bytes = readFileSync(fd)
    const whole = bytes.lastIndexOf(10) + 1
    if (whole < bytes.length) ftruncateSync(fd, whole)
    return whole
  } finally {
    closeSync(fd)
  }
}

/** SHA-256 of the desk's lines. */
export async function heldHash(runFolder: string): Promise<string> {
  const file = join(runFolder, 'events.jsonl')
  return existsSync(file) ? (await measureFile(file)).sha256 : sha256(Buffer.alloc(0))
}

/** Adds lines behind those that the desk has, and flushes them to the disk. */
export function appendLines(runFolder: string, lines: Buffer): void {
  if (lines.length === 0) return
  const fd = openSync(join(runFolder, 'events.jsonl'), 'a')
  try {
    for (let at = 0; at < lines.length;) at += writeSync(fd, lines, at)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Lines that are not those of the cluster are kept aside; all are fetched anew. */
export function setLinesAside(runFolder: string, now: number): void {
  renameSync(join(runFolder, 'events.jsonl'), join(runFolder, `events.${now}.differing.jsonl`))
}

/**
 * Brings the desk's checkpoints of a run to those of the cluster: what is new is fetched, what the trainer has pruned
 * goes. A checkpoint that is pruned while it is fetched is none.
 * @param names those that there are
 */
export async function mirrorCheckpoints(
  connection: Connection,
  folder: string,
  runFolder: string,
  run: string,
  names: readonly string[]
): Promise<void> {
  const place = join(runFolder, 'checkpoints')
  const held = existsSync(place)
    ? readdirSync(place).filter((name) => /^step-\d{9,}$/.test(name))
    : []
  for (const name of names.filter((known) => !held.includes(known))) {
    const far = quote(`${folder}/runs/${run}/checkpoints`)
    const { code, stdout } = await connection.run(`cd ${far} && tar -cf - ${quote(name)}`)
    if (code === 0) await unpackCheckpoint(stdout, place, name)
  }
  for (const name of held.filter((known) => !names.includes(known))) {
    const doomed = join(place, `.${name}.removed`)
    renameSync(join(place, name), doomed)
    rmSync(doomed, { recursive: true, force: true })
  }
}

const Manifest = z.object({
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() }))
})

/** Unpacks a checkpoint aside, checks it by its manifest, and gives it its name. */
async function unpackCheckpoint(archive: Buffer, place: string, name: string): Promise<void> {
  const aside = join(place, `.${name}.coming`)
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
  const files = new Map<string, string>()
  const entries = Readable.from([archive]).pipe(extract())
  for await (const entry of entries) {
    const { name: path, type } = entry.header
    const [folder, file, ...rest] = path.split('/').filter(Boolean)
    const plain = type === 'file' && folder === name && file !== undefined && rest.length === 0
    if (plain && /^[\w.-]+$/.test(file) && file !== '..') {
      const bytes = await collect(entry)
      files.set(file, sha256(bytes))
      writeFileSync(join(aside, file), bytes)
    } else entry.resume()
  }
  const manifest = files.has('manifest.json')
    ? Manifest.parse(JSON.parse(readFileSync(join(aside, 'manifest.json'), 'utf8')))
    : null
  const whole =
    manifest &&
    Object.entries(manifest.files).every(([file, { sha256: hash }]) => files.get(file) === hash)
  if (whole) renameSync(aside, join(dirname(aside), name))
  else rmSync(aside, { recursive: true, force: true })
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
