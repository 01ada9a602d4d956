/** A contender's process as its parent sees it: one request a line, one reply a line, in turn. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fromErrorMessage, UserError } from '@shared/errors'
import type { Replies, Reply, Request } from './contenders'

export interface Child {
  /**
   * @throws {UserError} what the child answered instead, or `bench.ended` with its last words where it died.
   */
  ask<Type extends Request['type']>(
    request: Extract<Request, { type: Type }>
  ): Promise<Replies[Type]>
  /** Ends the process and waits for that. */
  end(): Promise<void>
}

const lastWords = 4000
/** A child that has been told to end gets this long. */
const graceMs = 5_000

export function startChild(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv
): Child {
  const child = spawn(program, words, { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined
  let gone = false

  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-lastWords)
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    // Anything else is some library talking.
    if (line.startsWith('{"ok"') || line.startsWith('{"error"')) {
      waiting?.resolve(JSON.parse(line) as Reply)
      waiting = undefined
    }
  })
  const exited = new Promise<void>((resolve) => {
    const finish = (): void => {
      gone = true
      waiting?.reject(ended())
      waiting = undefined
      resolve()
    }
    child.on('error', (error) => {
      said += error.message
      finish()
    })
    child.on('close', finish)
  })
  // Writing to a process that has died must not become an uncaught error: its end says enough.
  child.stdin.on('error', () => undefined)

  function ended(): UserError {
    const words = said.trim().split('\n').at(-1)
    const how = child.signalCode ?? `exit code ${child.exitCode ?? 'none'}`
    return new UserError('bench.ended', `Its process ended (${how}): ${words || 'no last words'}`)
  }

  return {
    async ask(request) {
      const reply = await new Promise<Reply>((resolve, reject) => {
        if (gone) return reject(ended())
        waiting = { resolve, reject }
        child.stdin.write(`${JSON.stringify(request)}\n`)
      })
      if ('error' in reply) throw fromErrorMessage({ ...reply.error, issues: [] })
      return reply.ok as never
    },
    async end() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
    }
  }
}
