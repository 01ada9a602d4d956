import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const shared = fileURLToPath(new URL('./src/shared', import.meta.url))

export default defineConfig({
  resolve: { alias: { '@shared': shared } },
  test: {
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/{shared,main,setup,renderer}/**/*.test.ts'],
          pool: 'forks',
          testTimeout: 120_000
        }
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          // One window at a time: two cores drive both the trainer and the page.
          fileParallelism: false,
          testTimeout: 240_000,
          expect: { poll: { timeout: 10_000 } },
          hookTimeout: 120_000
        }
      }
    ]
  }
})
