import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../../src/main/cli/verbs'
import { recordedHost } from '../../support/cli'
import { forkFake, temporaryFolder, until } from '../../support/library'

test('serve prints one address, answers there, and ends with 0 on Ctrl-C', async () => {
  const folder = temporaryFolder()
  const page = join(folder, 'page')
  mkdirSync(page)
  writeFileSync(join(page, 'index.html'), '<p>the page</p>')
  const host = recordedHost(folder, { startTrainer: forkFake() })
  host.paths = { ...host.paths, page }
  const serving = runCommandLine(['serve', '--runs', join(folder, 'library')], host)
  const address = (await until(() => host.stdout())).trim()
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/)
  expect(await (await fetch(address)).text()).toBe('<p>the page</p>')
  host.interrupt()
  expect(await serving).toBe(0)
  await expect(fetch(address)).rejects.toThrow()
})

test('a port that is taken is named, with exit code 2', async () => {
  const folder = temporaryFolder()
  const first = recordedHost(folder, { startTrainer: forkFake() })
  const serving = runCommandLine(['serve', '--runs', join(folder, 'a')], first)
  const { port } = new URL(await until(() => first.stdout()))
  const second = recordedHost(folder, { startTrainer: forkFake() })
  expect(await runCommandLine(['serve', '--port', port, '--runs', join(folder, 'b')], second)).toBe(
    2
  )
  expect(second.stderr()).toContain(`Port ${port} on 127.0.0.1 cannot be used (EADDRINUSE)`)
  first.interrupt()
  expect(await serving).toBe(0)
})
