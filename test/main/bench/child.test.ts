import { expect, it } from 'vitest'
import { startChild } from '../../../src/main/bench/child'

/** A contender in a line of JavaScript: `answer` is what it does with a request. */
const fake = (answer: string) =>
  startChild(
    process.execPath,
    [
      '-e',
      `require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
        const request = JSON.parse(line); ${answer} })`
    ],
    process.env
  )

it('asks and hears, past whatever libraries print', async () => {
  const child = fake(
    `console.log('a library says hello'); console.log(JSON.stringify({ ok: { ms: request.steps * 2 } }))`
  )
  expect(await child.ask({ type: 'block', steps: 21 })).toEqual({ ms: 42 })
  expect(await child.ask({ type: 'block', steps: 1 })).toEqual({ ms: 2 })
  await child.end()
})

it('throws what the child could not do', async () => {
  const child = fake(
    `console.log(JSON.stringify({ error: { code: 'x', message: 'No.', hint: 'Try.' } }))`
  )
  await expect(child.ask({ type: 'memory' })).rejects.toMatchObject({ code: 'x', hint: 'Try.' })
  await child.end()
})

it('tells of a death with the last words, also to who asks later', async () => {
  const child = fake(`console.error('out of luck'); process.exitCode = 3; process.stdin.destroy()`)
  const dead = { code: 'bench.ended', message: expect.stringMatching(/exit code 3.*out of luck/) }
  await expect(child.ask({ type: 'memory' })).rejects.toMatchObject(dead)
  await expect(child.ask({ type: 'memory' })).rejects.toMatchObject(dead)
  await child.end()
})

it('a program that is not there is told like any other death', async () => {
  const child = startChild('/nowhere/python', [], process.env)
  await expect(child.ask({ type: 'memory' })).rejects.toMatchObject({ code: 'bench.ended' })
  await child.end()
})
