/**
 * What ssh asks (a password, a second factor, an unknown host key) comes to the user, not to a hidden terminal. ssh
 * starts the program that SSH_ASKPASS names: a few lines of sh in a private folder that hand the question over as a
 * file and take the answer from a pipe, so that no answer is ever on a disk.
 */
import { constants } from 'node:fs'
import {
  chmodSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { quote } from './quote'

/** The answer to a question of ssh; null leaves it unanswered, which ends this try to connect. */
export type Ask = (prompt: string) => Promise<string | null>

export interface Asking {
  /** For ssh's environment. */
  env: Record<string, string>
  /** Whether a question was left without an answer. */
  unanswered(): boolean
  close(): void
}

const lookMs = 100
/** The program opens its end of the pipe within a moment of asking. */
const tries = 30

/** @param folder private to this user, and to one connection */
export function openAsking(folder: string, ask: Ask): Asking {
  const program = join(folder, 'ask')
  writeFileSync(program, askProgram(folder), { mode: 0o700 })
  chmodSync(program, 0o700)
  const seen = new Set<string>()
  let refused = false
  const timer = setInterval(() => {
    for (const file of readdirSync(folder)) {
      if (!/^q\.\d+$/.test(file) || seen.has(file)) continue
      seen.add(file)
      const prompt = readFileSync(join(folder, file), 'utf8').trim()
      void ask(prompt)
        .catch(() => null)
        .then(async (answer) => {
          refused ||= answer === null
          await hand(join(folder, file.replace('q.', 'a.')), answer)
        })
    }
  }, lookMs)

  return {
    // DISPLAY: ssh before 8.4 does not know SSH_ASKPASS_REQUIRE, and asks only where there is a display.
    env: {
      SSH_ASKPASS: program,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: process.env['DISPLAY'] ?? ':0'
    },
    unanswered: () => refused,
    close() {
      clearInterval(timer)
      for (const file of readdirSync(folder)) if (/^[qa]\./.test(file)) rmSync(join(folder, file))
      rmSync(program, { force: true })
    }
  }
}

/** The name of its process tells its questions apart. */
const askProgram = (folder: string): string => `#!/bin/sh
cd ${quote(folder)} || exit 1
mkfifo -m 600 a.$$ || exit 1
printf '%s' "$1" >q.$$.part && mv q.$$.part q.$$
IFS= read -r answer <a.$$
rm -f a.$$ q.$$
case $answer in
  y*) printf '%s\\n' "\${answer#y}" ;;
  *) exit 1 ;;
esac
`

/** Writes into the pipe, unless nobody is left at its other end. */
async function hand(pipe: string, answer: string | null): Promise<void> {
  for (let i = 0; i < tries; i++) {
    try {
      const fd = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
      writeSync(fd, answer === null ? 'n\n' : `y${answer}\n`)
      closeSync(fd)
      return
    } catch (error) {
      // ENXIO: not opened yet, or gone with its ssh. ENOENT: gone.
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') return
      await delay(lookMs)
    }
  }
}
