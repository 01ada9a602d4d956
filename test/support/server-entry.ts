/** The server's entry as a file that can be forked, built from the sources under test. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds src/main/server/process.ts below node_modules, where its packages are found. Remove it when done. */
export async function buildServerEntry(): Promise<{ entry: string; remove(): void }> {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'grokscope-server-'))
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': join(root, 'src/shared') } },
    build: {
      ssr: join(root, 'src/main/server/process.ts'),
      target: 'node18',
      outDir: folder,
      rolldownOptions: { output: { format: 'cjs', entryFileNames: 'server.cjs' } }
    }
  })
  return {
    entry: join(folder, 'server.cjs'),
    remove: () => rmSync(folder, { recursive: true, force: true })
  }
}
