import { describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/main/doctor/run-program'
import { said } from '../../support/machines'

describe('a program', () => {
  const node = (code: string, ms = 20_000): ReturnType<typeof runProgram> =>
    runProgram(process.execPath, ['-e', code], ms)

  test('gives its output and exit code', async () => {
    const result = await node('console.log("out"); console.error("err"); process.exit(3)')
    expect(result).toEqual(said({ code: 3, stdout: 'out\n', stderr: 'err\n' }))
  })

  test('that hangs is ended, even one that ignores being asked to', async () => {
    const deaf = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'
    expect(await node(deaf, 300)).toEqual(said({ code: null, timedOut: true }))
  })

  test('that is missing, or crashes, is told from one that fails', async () => {
    const missing = await runProgram('/no/such/program', [], 1000)
    expect(missing).toEqual(said({ code: null, missing: true }))
    const crashed = await node('process.kill(process.pid, "SIGKILL")')
    expect(crashed).toEqual(said({ code: null, signal: 'SIGKILL' }))
  })
})
