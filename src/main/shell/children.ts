/** Child processes of the shell: utility processes whose output is logged and whose last lines are kept. */
import { utilityProcess, type MessagePortMain } from 'electron'
import { Tail, type Log } from './log'

export interface Child {
  post(message: unknown, ports?: MessagePortMain[]): void
  onMessage(listener: (message: unknown) => void): void
  /** Settles with the last lines of standard error once the process is gone, however it went. */
  exited: Promise<string>
  kill(): void
}

/**
 * @param entry absolute path of a built entry, e.g. out/main/server.js
 * @param name what the log and the system's process list call it
 */
export function startChild(entry: string, name: string, log: Log): Child {
  const child = utilityProcess.fork(entry, [], { serviceName: `Grokscope ${name}`, stdio: 'pipe' })
  const errors = new Tail(40, (line) => log(name, line))
  const output = new Tail(1, (line) => log(name, line))
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => errors.push(chunk))
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => output.push(chunk))
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code) => {
      // The pipes may still hold the last words when the exit is reported.
      setTimeout(() => {
        log(name, `exited with code ${code}`)
        resolve(errors.text())
      }, 50)
    })
  })
  return {
    post: (message, ports = []) => child.postMessage(message, ports),
    onMessage: (listener) => void child.on('message', listener),
    exited,
    kill() {
      // At once and without a last word, unlike child.kill(), which a process may take its time over.
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL')
    }
  }
}
