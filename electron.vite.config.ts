import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const alias = { '@shared': at('./src/shared') }

// Targets: Electron 25 (Node 18, Chromium 114) is the oldest runtime the built files must load in.
export default defineConfig({
  main: {
    resolve: { alias },
    build: {
      target: 'node18',
      // Everything from node_modules stays a require at run time: native addons and engines must not be bundled.
      // The browser's driver is a development tool that the page's benchmarks start.
      externalizeDeps: { include: ['playwright-core'] },
      rolldownOptions: {
        input: {
          index: at('./src/main/index.ts'),
          cli: at('./src/main/cli.ts'),
          server: at('./src/main/server/process.ts'),
          trainer: at('./src/main/trainer/process.ts'),
          'cluster-job': at('./src/main/cluster-job.ts'),
          'cluster-far': at('./src/main/cluster-far.ts'),
          parity: at('./src/main/parity.ts'),
          bench: at('./src/main/bench.ts'),
          'bench-table': at('./src/main/bench-table.ts'),
          replicate: at('./src/main/replicate.ts'),
          torture: at('./src/main/torture.ts'),
          fixtures: at('./src/main/fixtures.ts'),
          'bench-page': at('./src/main/bench-page.ts'),
          'bench-inspect': at('./src/main/bench-inspect.ts'),
          screens: at('./src/main/screens.ts')
        },
        output: { format: 'cjs', entryFileNames: '[name].js' }
      }
    }
  },
  preload: {
    build: {
      target: 'node18',
      rolldownOptions: {
        input: { index: at('./src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].js' }
      }
    }
  },
  renderer: {
    root: at('./src/renderer'),
    resolve: { alias },
    plugins: [svelte({ configFile: at('./svelte.config.mjs') })],
    build: {
      target: 'chrome114',
      rolldownOptions: { input: at('./src/renderer/index.html') }
    }
  }
})
