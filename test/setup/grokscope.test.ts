import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBuild } from '../../src/setup/build.mjs'
import { fakeMachine, removeFolders, writeFiles } from './fake-machine'

/** What the command line is in this test: says how it was called, then does as told. */
const CLI = `
process.on('SIGINT', () => { process.stdout.write('SIGINT;'); process.exit(7) })
process.stdout.write(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd() }) + ';')
if (process.argv[2] === 'fail') process.exit(5)
if (process.argv[2] === 'wait') setTimeout(() => {}, 30000)
`
let root: string
let link: string
let withoutExecve: string

beforeAll(async () => {
  const machine = fakeMachine()
  root = machine.root
  cpSync(resolve('src/setup'), join(root, 'src/setup'), { recursive: true })
  writeFiles(root, {
    'package.json': '{}',
    'package-lock.json': '{"packages":{}}',
    'node_modules/.package-lock.json': '{"packages":{}}',
    // An engine that could not be fetched a moment ago: nothing here reaches for the network.
    'node_modules/.grokscope/engine-failure.json': JSON.stringify({
      code: 'network',
      message: 'no network in this test',
      at: new Date().toISOString()
    }),
    'node_modules/.bin/electron-vite': '',
    'src/main/cli.ts': ''
  })
  machine.answer = () => {
    writeFiles(root, { 'out/main/cli.js': CLI })
    return undefined
  }
  await ensureBuild(machine)
  link = join(root, 'node_modules/.bin/grokscope')
  symlinkSync('../../src/setup/grokscope.mjs', link)
  // Node before 22.15 cannot replace itself by another program.
  withoutExecve = join(root, 'without-execve.cjs')
  writeFileSync(withoutExecve, 'delete process.execve')
})
afterAll(removeFolders)

const ways: [string, () => string[]][] = [
  ['a Node that can replace itself', () => [link]],
  ['an older Node', () => ['--require', withoutExecve, link]]
]

describe.each(ways)('npx grokscope under %s', (_name, call) => {
  it('passes on arguments and folder, says nothing itself, and ends as the command ends', () => {
    const cwd = join(root, 'somewhere')
    mkdirSync(cwd, { recursive: true })
    const { stdout, stderr, status } = spawnSync(process.execPath, [...call(), 'fail', '--json'], {
      cwd,
      encoding: 'utf8'
    })
    expect(JSON.parse(stdout.replace(';', ''))).toEqual({ args: ['fail', '--json'], cwd })
    expect(stderr).toBe('')
    expect(status).toBe(5)
  })

  it.each([
    ['SIGINT', { code: 7, signal: null }],
    ['SIGTERM', { code: null, signal: 'SIGTERM' }]
  ] as const)('passes on %s', async (signal, ended) => {
    const child = spawn(process.execPath, [...call(), 'wait'], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    child.stdout.once('data', () => child.kill(signal))
    const end = await new Promise((done) =>
      child.once('exit', (code, by) => done({ code, signal: by }))
    )
    expect(end).toEqual(ended)
  })
})

describe('npx grokscope in a checkout that is not ready', () => {
  it('says on stderr what it does and why it cannot go on', () => {
    rmSync(join(root, 'out'), { recursive: true })
    writeFileSync(join(root, 'node_modules/.bin/electron-vite'), 'process.exit(1)')
    const { stdout, stderr, status } = spawnSync(process.execPath, [link, 'train'], {
      encoding: 'utf8',
      cwd: tmpdir(),
      env: { ...process.env, GROKSCOPE_CACHE: join(root, 'cache') }
    })
    expect(stdout).toBe('')
    expect(stderr).toMatch(/engine +no network in this test/)
    expect(stderr).toMatch(/build +compiling the app/)
    expect(stderr).toMatch(/The app could not be built: .*run this again/)
    expect(status).toBe(1)
  })
})
