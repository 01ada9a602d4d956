import { randomBytes } from 'node:crypto'
import { exitCodes, usageError, type Arguments, type Verb } from './command'
import { libraryFolder } from './library-folder'

export const serve: Verb = {
  name: 'serve',
  operands: '',
  summary: 'serve the app to a browser on this machine until Ctrl-C',
  details: `Prints the address, which holds a one-time token: whoever has it controls the library. The page is served on
127.0.0.1 only; from another machine use an SSH tunnel. Ctrl-C writes a checkpoint of the live run first; that is the
way to end this, so the exit code is 0.`,
  options: {
    port: { type: 'string', value: 'N', help: 'The port (default: any free one).' }
  },
  async run(host, args) {
    const port = readPort(args)
    const { clusterSettings, openLibrary } = await import('./library')
    const { serveHttp } = await import('../server/http')
    const { forkInspector, forkProbe, forkTrainer } = await import('../server/runners')
    const startTrainer = host.startTrainer ?? forkTrainer(host.paths.trainer)
    const log = (line: string): void => host.err(`${line}\n`)
    const folder = libraryFolder(host, args)
    const { server } = await openLibrary(host, folder, {
      ...{ startTrainer, takes: 'library', log },
      // Questions of a login go to the page.
      clusters: { ...clusterSettings(host), ask: undefined },
      startProbe: forkProbe(host.paths.trainer),
      startInspector: host.startInspector ?? forkInspector(host.paths.trainer)
    })
    try {
      const token = randomBytes(24).toString('base64url')
      const http = await serveHttp({ server, pageFolder: host.paths.page, port, token })
      host.err(`The library is ${folder}. Ctrl-C ends.\n`)
      host.out(`${http.url}\n`)
      await new Promise<void>((resolve) => {
        const letGo = host.onInterrupt(() => {
          letGo()
          resolve()
        })
      })
      host.err('Ending: a live run writes a checkpoint first. Ctrl-C again ends at once.\n')
      await http.close()
    } finally {
      await server.close('The server was ended.')
    }
    return exitCodes.ok
  }
}

function readPort(args: Arguments): number {
  const text = args.text('port') ?? '0'
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN
  if (port <= 65535) return port
  throw usageError(serve, `"${text}" is no port: a whole number from 0 to 65535.`)
}
