/**
 * A line as one child that takes all scripts in turn, for an ssh without masters. Each order is a head line `ID
 * BYTES`, the script, and its input in pieces, each with its length before it and a 0 at the end; each answer is a
 * head line with the exit code and the lengths of output and errors, and then these.
 */
import type { ChildProcess } from 'node:child_process'
import { dropped, isStream, type Input, type Line, type Ran } from './connection'
import { ready, type StartSsh } from './master'

const up = 'grokscope-up'
/** `cat` takes what a script leaves of its input: the next order comes behind it. */
const taker = [
  'd=$(mktemp -d) || exit 1',
  'trap "rm -rf $d" EXIT',
  `echo ${up}`,
  'while read -r id n; do head -c "$n" >"$d/s"' +
    ' && { while read -r k && [ "$k" -gt 0 ]; do head -c "$k"; done; } |' +
    ' { sh "$d/s" >"$d/o" 2>"$d/e"; echo $? >"$d/c"; cat >/dev/null; }',
  'echo "grokscope $id $(cat "$d/c") $(($(wc -c <"$d/o"))) $(($(wc -c <"$d/e")))"',
  'cat "$d/o" "$d/e"',
  'done'
].join('; ')

const headLine = /^grokscope (\S+) (\d+) (\d+) (\d+)$/

/** @throws what ssh said where it could not log in */
export async function openChild(start: StartSsh): Promise<Line> {
  const child = start([], `sh -c '${taker}'`)
  await ready(child, up)
  const answers = readAnswers(child)
  let gone = false
  let last: Promise<unknown> = Promise.resolve()
  let count = 0
  child.once('close', () => (gone = true))
  child.stdin!.on('error', () => undefined)
  child.stderr!.resume()

  async function order(script: string, input: Input): Promise<Ran> {
    const id = String(++count)
    const answer = answers.next(id)
    // Told below; a loss in the middle of a long input must not count as unheard.
    answer.catch(() => undefined)
    const bytes = Buffer.from(script)
    child.stdin!.write(`${id} ${bytes.length}\n`)
    child.stdin!.write(bytes)
    try {
      const pieces = isStream(input) ? input : [Buffer.from(input)]
      for await (const piece of pieces as AsyncIterable<Buffer>) {
        if (piece.length === 0) continue
        child.stdin!.write(`${piece.length}\n`)
        const room = child.stdin!.write(piece)
        if (!room && !gone) await drained(child)
      }
    } catch (error) {
      // Half an input cannot be taken back.
      child.kill()
      throw error
    }
    child.stdin!.write('0\n')
    return answer
  }

  return {
    lost: () => gone,
    close: () => child.stdin!.end(),
    run(script, input) {
      if (gone) return Promise.reject(dropped())
      const turn = last.then(() => order(script, input))
      last = turn.catch(() => undefined)
      return turn
    }
  }
}

const drained = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      child.stdin!.off('drain', settle)
      child.off('close', settle)
      resolve()
    }
    child.stdin!.once('drain', settle)
    child.once('close', settle)
  })

/** Answers by id, as their bytes come in. */
function readAnswers(child: ChildProcess): { next(id: string): Promise<Ran> } {
  const waiting = new Map<string, { resolve(ran: Ran): void; reject(error: Error): void }>()
  let chunks: Buffer[] = []
  let have = 0
  /** So many bytes must be there before another look is worth it. */
  let wanted = 1
  child.stdout!.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    have += chunk.length
    if (have < wanted) return
    let bytes = Buffer.concat(chunks)
    while (waiting.size > 0) {
      const end = bytes.indexOf(10)
      if (end < 0) break
      const head = headLine.exec(bytes.toString('latin1', 0, end))
      const [, id = '', code = '', out = '', errors = ''] = head ?? []
      const middle = end + 1 + Number(out)
      const to = middle + Number(errors)
      wanted = to
      if (bytes.length < to) break
      // What a start file prints comes before the first answer.
      if (head) {
        const stdout = Buffer.from(bytes.subarray(end + 1, middle))
        waiting
          .get(id)
          ?.resolve({ code: Number(code), stdout, stderr: bytes.toString('utf8', middle, to) })
        waiting.delete(id)
      }
      bytes = bytes.subarray(to)
      wanted = 1
    }
    chunks = bytes.length > 0 ? [Buffer.from(bytes)] : []
    have = bytes.length
  })
  child.once('close', () => {
    for (const { reject } of waiting.values()) reject(dropped())
    waiting.clear()
  })
  return {
    next: (id) => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
  }
}
