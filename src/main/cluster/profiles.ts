/** Profiles as plain files: clusters/NAME.json in the library. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterName, parseClusterProfile, type ClusterProfile } from '@shared/cluster'
import { nearestName } from '@shared/config-input'
import { UserError } from '@shared/errors'
import { writeWhole } from '../server/folders'

export const clustersFolder = (library: string): string => join(library, 'clusters')

const fileOf = (library: string, name: string): string =>
  join(clustersFolder(library), `${name}.json`)

/** All profiles by name. One that cannot be read is passed over, with a line in the log. */
export function listProfiles(library: string, log: (line: string) => void): ClusterProfile[] {
  const folder = clustersFolder(library)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json') && ClusterName.safeParse(file.slice(0, -5)).success)
    .sort()
    .flatMap((file) => {
      try {
        return readProfile(library, file.slice(0, -5))
      } catch (error) {
        log(`clusters/${file} is passed over: ${(error as Error).message}`)
        return []
      }
    })
}

/** @throws {UserError} `cluster.unknown`, or what is wrong with the file */
export function readProfile(library: string, name: string): ClusterProfile {
  const file = fileOf(library, name)
  if (!ClusterName.safeParse(name).success || !existsSync(file)) {
    const known = listNames(library)
    const near = nearestName(name, known)
    throw new UserError(
      'cluster.unknown',
      `There is no cluster profile "${name}".`,
      near
        ? `Did you mean ${near}?`
        : known.length > 0
          ? `Known are ${known.join(', ')}.`
          : 'Add one: grokscope cluster add NAME --host HOST.'
    )
  }
  return parseProfileText(readFileSync(file, 'utf8'), file, name)
}

/**
 * A profile from the text of a file.
 * @param name what it is called where the text does not say
 * @throws {UserError} `cluster.syntax` or `cluster.profile`
 */
export function parseProfileText(text: string, file: string, name: string): ClusterProfile {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new UserError(
      'cluster.syntax',
      `The file ${file} is not JSON: ${(error as Error).message}.`,
      'A profile is a JSON object, e.g. {"name": "hpc", "host": "login.example.edu"}.'
    )
  }
  const isRecord = typeof content === 'object' && content !== null && !Array.isArray(content)
  return parseClusterProfile(isRecord ? { name, ...(content as object) } : content)
}

export function writeProfile(library: string, profile: ClusterProfile): void {
  mkdirSync(clustersFolder(library), { recursive: true })
  writeWhole(fileOf(library, profile.name), profile)
}

/** Forgets a profile, and what was kept of its jobs. Nothing on the cluster is touched. */
export function removeProfile(library: string, name: string): void {
  readProfile(library, name)
  rmSync(fileOf(library, name))
  rmSync(join(clustersFolder(library), name), { recursive: true, force: true })
}

function listNames(library: string): string[] {
  const folder = clustersFolder(library)
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? file.slice(0, -5) : []))
}
