/** A line as a master of OpenSSH's: one login, and a channel for each script. */
import type { ChildProcess } from 'node:child_process'
import { dropped, isStream, type Input, type Line, type Ran } from './connection'

export type StartSsh = (args: readonly string[], remote: string) => ChildProcess

const up = 'grokscope-up'
/** Stands before a script's own output: whatever a login shell prints comes earlier. */
const mark = Buffer.from('\u0001grokscope\n')
/** Reads a number of bytes and that many bytes of script; what is left of the input is the script's. */
const taker = `sh -c 'IFS= read -r n; s=$(head -c "$n"); printf "\\001grokscope\\n"; eval "$s"'`

/**
 * Logs in.
 * @param socket path of the master's socket
 * @throws what ssh said where it could not
 */
export async function openMaster(start: StartSsh, socket: string): Promise<Line> {
  // Not one that goes to the background: this one ends when its input does, so when we end, in whatever way.
  const master = start(
    ['-M', '-S', socket, '-o', 'ControlPersist=no'],
    `echo ${up}; exec cat >/dev/null`
  )
  await ready(master, up)
  let gone = false
  master.once('exit', () => (gone = true))
  // A broken pipe is told by the exit.
  master.stdin!.on('error', () => undefined)
  master.stdout!.resume()
  master.stderr!.resume()
  return {
    lost: () => gone,
    close: () => master.stdin!.end(),
    run(script, input) {
      // Without a master there is no way in: a second login would ask a second time.
      const args = ['-S', socket, '-o', 'ControlMaster=no', '-o', 'ProxyCommand=false']
      return talk(start(args, taker), script, input, () => {
        // The channel may tell of the loss before the master's own exit does.
        gone = true
        master.kill()
      })
    }
  }
}

/** Settles when a child says a word on a line of its own. @throws with its last words where it ends before */
export function ready(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    let errors = ''
    const take = (chunk: Buffer): void => {
      said += chunk.toString()
      if (!said.split(/\r?\n/).includes(word)) return
      child.stdout!.off('data', take)
      resolve()
    }
    child.stdout!.on('data', take)
    child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.once('error', reject)
    child.once('close', () => reject(new Error(errors || 'ssh ended')))
  })
}

/** Feeds a child its script and input, and collects what it answers. ssh itself ends with 255 where the line is lost. */
function talk(child: ChildProcess, script: string, input: Input, lose: () => void): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const out: Buffer[] = []
    let stderr = ''
    child.stdout!.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    // A script that does not want all of its input closes the pipe.
    child.stdin!.on('error', () => undefined)
    child.once('error', reject)
    child.once('close', (code) => {
      const stdout = Buffer.concat(out)
      const at = stdout.indexOf(mark)
      if (code === 255 || code === null || at < 0) {
        lose()
        reject(dropped())
      } else resolve({ code, stdout: stdout.subarray(at + mark.length), stderr })
    })
    const bytes = Buffer.from(script)
    child.stdin!.write(`${bytes.length}\n`)
    child.stdin!.write(bytes)
    if (isStream(input)) {
      input.once('error', (error) => {
        child.kill()
        reject(error)
      })
      input.pipe(child.stdin!)
    } else child.stdin!.end(input)
  })
}
