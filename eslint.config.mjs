import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.mjs'

/**
 * Who may import whom (ARCHITECTURE.md, "Rooms"). Each room lists what it must not reach; packages that only
 * one room may load are refused everywhere else.
 * @type {Record<string, string[]>}
 */
const owned = {
  'better-sqlite3': ['src/main/store'],
  ws: ['src/main/server'],
  electron: ['src/main/index.ts', 'src/main/window.ts', 'src/main/shell', 'src/preload'],
  'chart.js': ['src/renderer'],
  svelte: ['src/renderer'],
  '@tensorflow/tfjs': ['src/main/models', 'src/main/trainer', 'src/main/inspect', 'src/main/bench'],
  'ml-matrix': ['src/main/inspect'],
  '@tensorflow/tfjs-node-gpu': [
    'src/main/trainer/backend.ts',
    'src/main/trainer/recording/tensorflow.ts'
  ],
  '@tensorflow/tfjs-backend-wasm': ['src/main/trainer/backend.ts'],
  pdfkit: ['src/main/figures'],
  'csv-stringify/sync': ['src/main/figures'],
  'hyparquet-writer': ['src/main/figures'],
  'tar-stream': ['src/main/cluster'],
  gifenc: ['src/main/figures'],
  yauzl: ['src/main/packs'],
  yazl: ['src/main/packs'],
  '@resvg/resvg-wasm': ['src/main/figures']
}

/** Of rooms that know no other room of the main process but what stands in ARCHITECTURE.md. */
const sharedAlone = [
  '**/datasets/**',
  '**/models/**',
  '**/trainer/**',
  '**/store/**',
  '**/server/**',
  '**/cli/**'
]

const rooms = {
  'src/shared': ['**/main/**', '**/renderer/**', '**/preload/**', 'node:*'],
  'src/main/doctor': sharedAlone,
  'src/main/datasets': ['**/models/**', '**/trainer/**', '**/store/**', '**/server/**'],
  'src/main/figures': sharedAlone,
  'src/main/report': sharedAlone,
  'src/main/packs': sharedAlone,
  'src/main/models': ['**/datasets/**', '**/trainer/**', '**/store/**', '**/server/**'],
  'src/main/trainer': ['**/store/**', '**/server/**'],
  'src/main/inspect': ['**/store/**', '**/server/**'],
  'src/main/store': ['**/datasets/**', '**/models/**', '**/trainer/**', '**/server/**'],
  'src/main/server': ['**/models/**', '**/trainer/**', '**/main/inspect/**'],
  'src/main/cluster': [
    '**/datasets/**',
    '**/models/**',
    '**/trainer/**',
    '**/main/inspect/**',
    '**/cli/**',
    // What both keep their folders with, and how both start a trainer.
    '**/server/!(folders|runners)'
  ],
  'src/main/bench': ['**/store/**', '**/server/**', '**/cli/**'],
  'src/main/tensorboard': sharedAlone,
  'src/main/proof': ['**/datasets/**', '**/models/**', '**/trainer/**', '**/store/**', '**/cli/**'],
  'src/main/torture': ['**/models/**', '**/trainer/**', '**/cli/**'],
  'src/main/replicate': ['**/models/**', '**/trainer/**', '**/store/**'],
  'src/main/fixtures': ['**/models/**', '**/cli/**', '**/bench/**'],
  'src/main/screens': ['**/models/**', '**/trainer/**', '**/store/**', '**/cli/**', '**/bench/**'],
  'src/main/shell': ['**/datasets/**', '**/models/**', '**/trainer/**', '**/store/**'],
  'src/preload': ['**/main/**', '**/renderer/**'],
  'src/renderer/src/views': ['**/api', '**/api.ts'],
  'src/renderer/src/components': ['**/api', '**/views/**', '**/state/**']
}

/** @param {string} folder @param {string} place */
const inside = (folder, place) => folder === place || folder.startsWith(place + '/')

/**
 * @param {string} folder
 * @param {string[]} refused
 * @returns {import('eslint').Linter.Config}
 */
function roomRule(folder, refused) {
  const paths = Object.entries(owned)
    .filter(([, places]) => !places.some((place) => inside(folder, place)))
    .map(([name]) => ({ name, message: `Only ${owned[name]?.join(', ')} may load ${name}.` }))
  return {
    files: [folder.endsWith('.ts') ? folder : `${folder}/**/*.{ts,svelte}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths,
          patterns: refused.length
            ? [{ group: refused, message: `${folder} may not import this room.` }]
            : []
        }
      ]
    }
  }
}

export default ts.config(
  {
    ignores: [
      'out/',
      'node_modules/',
      'test/fixtures/',
      'test-results/',
      'src/shared/query/grammar.js'
    ]
  },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.node } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'Math',
          property: 'random',
          message: 'Draw from a seeded Rng (src/shared/rng.ts).'
        }
      ],
      'no-console': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error'
    }
  },
  {
    files: ['src/renderer/**'],
    languageOptions: { globals: { ...globals.browser } }
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, svelteConfig, extraFileExtensions: ['.svelte'] }
    }
  },
  {
    // The command line and set-up talk to a terminal.
    files: [
      'src/setup/**',
      'src/main/cli.ts',
      'src/main/cli/**',
      'src/main/parity.ts',
      'src/main/bench.ts',
      'src/main/bench-table.ts',
      'src/main/replicate.ts',
      'src/main/torture.ts',
      'src/main/bench-page.ts',
      'src/main/bench-inspect.ts',
      'src/main/screens.ts',
      'src/main/fixtures.ts'
    ],
    rules: { 'no-console': 'off' }
  },
  roomRule('src/main', []),
  roomRule('src/renderer', ['**/main/**', 'node:*']),
  ...Object.entries(rooms).map(([folder, refused]) => roomRule(folder, refused)),
  roomRule('src/main/index.ts', ['**/datasets/**', '**/models/**', '**/trainer/**', '**/store/**']),
  roomRule('src/main/window.ts', [
    '**/datasets/**',
    '**/models/**',
    '**/trainer/**',
    '**/store/**'
  ]),
  roomRule('src/main/trainer/backend.ts', ['**/store/**', '**/server/**'])
)
