/**
 * What a cluster needs to train: the built trainer and the programs that look after it there, the packages they load,
 * the engine that is installed here, and the pinned Node. Nothing is fetched from there. A bundle is known by the hash
 * of its content, so that another version of the app brings another and old jobs keep theirs.
 */
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, posix, relative, sep } from 'node:path'
import { UserError } from '@shared/errors'
import { measureFile } from '../measure-file'

export interface BundleFile {
  /** In the bundle, with slashes. */
  path: string
  /** Here. */
  source: string
  bytes: number
  executable: boolean
  /** Of a symbolic link: what it says. */
  link: string | null
  /** SHA-256, hex; of a link: of what it says. */
  sha256: string
}

export interface Bundle {
  /** First characters of the hash of all; the folder's name on the cluster. */
  hash: string
  files: readonly BundleFile[]
  bytes: number
}

/** Entries of out/main that run on the cluster. */
const entries = ['trainer.js', 'cluster-job.js', 'cluster-far.js']
/** Packages that backend.ts loads by name; those that are required as usual are found in the built files. */
const engines = ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-node-gpu']
/** Of packages, what no program loads. */
const idle = /(\.(map|md|ts|mts|cts|html|flow|tsbuildinfo)|\.(fesm|es2017|min)(\.min)?\.js)$/i
/** Folders of TensorFlow.js's packages that hold sources alone; other packages load theirs. */
const idleFolders = /@tensorflow\/[\w-]+\/(src|binding|\.rollup\.cache)$/

/**
 * Gathers and hashes the bundle of this installation.
 * @param root folder of package.json, out and node_modules
 * @throws {UserError} `cluster.bundle` where something is not built or not installed
 */
export async function makeBundle(root: string): Promise<Bundle> {
  const built = builtFiles(root)
  const required = built.flatMap(({ source }) => requiredPackages(readFileSync(source, 'utf8')))
  const packages = packageFiles(root, new Set([...engines, ...required]))
  const found = [...built, ...packages, nodeProgram(root)].sort((a, b) =>
    a.path < b.path ? -1 : 1
  )
  const files: BundleFile[] = []
  for (const file of found) files.push(await hashed(file))
  const all = createHash('sha256')
  for (const { path, sha256, executable } of files) all.update(`${sha256} ${executable} ${path}\n`)
  return {
    hash: all.digest('hex').slice(0, 16),
    files,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0)
  }
}

type Found = Omit<BundleFile, 'sha256'>

/** The entries, and the chunks that they and other chunks name. */
function builtFiles(root: string): Found[] {
  const folder = join(root, 'out', 'main')
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const source = join(folder, path)
    if (!existsSync(source)) throw incomplete(`out/main/${path} is not built`)
    const text = readFileSync(source, 'utf8')
    for (const [, name] of text.matchAll(/\brequire\("(\.\/[\w./-]+\.js)"\)/g)) {
      visit(posix.join(posix.dirname(path), name!))
    }
  }
  for (const entry of entries) visit(entry)
  return [...seen].map((path) => describe(join(folder, path), `out/main/${path}`))
}

/** Names of packages in `require("...")`; of a file within one, the package's. */
function requiredPackages(text: string): string[] {
  return [...text.matchAll(/\brequire\(["']([^"'.][^"']*)["']\)/g)]
    .map(([, name]) => name!)
    .filter((name) => !isBuiltin(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/')
    )
}

/** The packages and those that they depend on, each where Node looks for it from its dependent. */
function packageFiles(root: string, names: ReadonlySet<string>): Found[] {
  const folders = new Set<string>()
  const visit = (from: string, name: string): void => {
    for (let folder = from; ; folder = dirname(folder)) {
      const place = join(folder, 'node_modules', name)
      if (existsSync(join(place, 'package.json'))) {
        if (folders.has(place)) return
        folders.add(place)
        const text = readFileSync(join(place, 'package.json'), 'utf8')
        const { dependencies = {} } = JSON.parse(text) as { dependencies?: Record<string, string> }
        for (const further of Object.keys(dependencies)) {
          if (!further.startsWith('@types/')) visit(place, further)
        }
        return
      }
      if (folder === root || folder === dirname(folder)) break
    }
    throw incomplete(`the package ${name} is not installed`)
  }
  for (const name of names) visit(root, name)
  return [...folders].flatMap((folder) => walk(folder, root))
}

function walk(folder: string, root: string): Found[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      // Packages within a package are found for themselves.
      const below = relative(root, path).split(sep).join('/')
      return entry.name === 'node_modules' || idleFolders.test(below) ? [] : walk(path, root)
    }
    if (idle.test(entry.name)) return []
    return [describe(path, relative(root, path).split(sep).join('/'))]
  })
}

/** The Node that everything is tested with; clusters' own are of any age. */
function nodeProgram(root: string): Found {
  const source = join(root, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node')
  if (existsSync(source)) return describe(source, 'bin/node')
  throw incomplete(
    `the pinned Node for Linux (package node-linux-${process.arch}) is not installed, which is so on other systems than Linux`
  )
}

function describe(source: string, path: string): Found {
  const status = lstatSync(source)
  const link = status.isSymbolicLink() ? readlinkSync(source) : null
  const executable = (status.mode & 0o100) !== 0
  return { path, source, bytes: link === null ? status.size : 0, executable, link }
}

async function hashed(file: Found): Promise<BundleFile> {
  const { link, source } = file
  const sha256 =
    link === null
      ? (await measureFile(source)).sha256
      : createHash('sha256').update(link).digest('hex')
  return { ...file, sha256 }
}

const incomplete = (what: string): UserError =>
  new UserError(
    'cluster.bundle',
    `The trainer cannot be brought to the cluster: ${what}.`,
    'Run npm start or npx grokscope once, which completes the installation; a cluster needs Grokscope on Linux here.'
  )
