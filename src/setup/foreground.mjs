import { spawn } from 'node:child_process'

/** @type {NodeJS.Signals[]} */
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Hands this terminal over to a program and ends as it ends: same exit code, same signal. Where
 * Node can replace itself (Unix, Node 22.15 and later) it does, and nothing stands between; else
 * signals are passed on.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [cwd] default: the current folder
 * @returns {Promise<void>} once the process exit code is set; a signal ends this process instead
 */
export async function become(command, args, env, cwd) {
  const execve = Object(process).execve
  if (typeof execve === 'function' && process.platform !== 'win32') {
    if (cwd) process.chdir(cwd)
    // Node warns that this is experimental, on a tick that never comes.
    execve.call(process, command, [command, ...args], definedOnly(env))
  }
  const { code, signal } = await runInForeground(command, args, env, cwd)
  if (signal) process.kill(process.pid, signal)
  process.exitCode = code ?? 1
}

/**
 * Runs a program on this terminal and passes signals on to it.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} [cwd]
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>} code 127: not runnable
 */
export function runInForeground(command, args, env, cwd) {
  return new Promise((done) => {
    const child = spawn(command, args, { env, cwd, stdio: 'inherit' })
    /** @type {[NodeJS.Signals, () => void][]} */
    const passed = []
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => {
      // A terminal sends Ctrl-C to the child as well: twice could mean "at once" to it.
      const handler = () => {
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
      }
      process.on(signal, handler)
      passed.push([signal, handler])
    }
    PASSED_ON.forEach(pass)
    /** @param {number | null} code @param {NodeJS.Signals | null} signal */
    const finish = (code, signal) => {
      for (const [name, handler] of passed) process.off(name, handler)
      done({ code, signal })
    }
    child.on('error', (error) => {
      process.stderr.write(`${command} could not be run: ${error.message}\n`)
      finish(127, null)
    })
    child.on('exit', finish)
  })
}

/** @param {NodeJS.ProcessEnv} env */
function definedOnly(env) {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
}
