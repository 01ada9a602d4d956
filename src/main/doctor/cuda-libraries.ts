/**
 * Which files the engine would load for CUDA and cuDNN: those that `npm run engine -- --cuda` placed beside
 * TensorFlow, else what the system's loader finds (LD_LIBRARY_PATH, then ldconfig's cache). Files are looked for,
 * not loaded: a library that breaks its process must not break this one.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { requirements } from './requirements'
import type { RunProgram } from './run-program'

export interface FoundLibrary {
  name: string
  path: string | null
}

/**
 * @param deps the folder `deps` of tfjs-node-gpu, null where that package is missing
 * @param searchPath LD_LIBRARY_PATH
 */
export async function findCudaLibraries(
  run: RunProgram,
  limitMs: number,
  deps: string | null,
  searchPath: string | undefined
): Promise<FoundLibrary[]> {
  const { stdout } = await run('ldconfig', ['-p'], limitMs)
  const system = parseLdconfig(stdout)
  const folders = (searchPath ?? '').split(':').filter(Boolean)
  return requirements.libraries.map(({ name, part }) => {
    const own = deps && join(deps, 'nvidia', part, 'lib', name)
    const named = folders.map((folder) => join(folder, name))
    const path = [...(own ? [own] : []), ...named].find((file) => existsSync(file))
    return { name, path: path ?? system.get(name) ?? null }
  })
}

/** `\tlibcudnn.so.9 (libc6,x86-64) => /usr/lib/x86_64-linux-gnu/libcudnn.so.9` by name; 64-bit files only. */
export function parseLdconfig(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const [, name, kind, path] of text.matchAll(/^\s*(\S+) \(([^)]*)\) => (\S+)$/gm)) {
    if (kind!.includes('x86-64') && !found.has(name!)) found.set(name!, path!)
  }
  return found
}
