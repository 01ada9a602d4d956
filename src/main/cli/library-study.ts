/** The study of a library that `study ACTION STUDY` names. */
import type { StudyRow } from '@shared/contract'
import type { Arguments, Host } from './command'
import { lookInto, type Library } from './library'
import { studyOperand } from './study'
import { findStudy } from './study-source'

/**
 * Looks into the library with the study that the command names.
 * @throws {UserError} `study.unknown`, also where there is no library, and `study.ambiguous`
 */
export async function withStudy<T>(
  host: Host,
  args: Arguments,
  act: (library: Library, row: StudyRow) => Promise<T>
): Promise<T> {
  const name = studyOperand(args, 'STUDY')
  const found = await lookInto<{ answer: T } | null>(host, args, null, async (library) => {
    const row = findStudy(await library.request['studies.list']({}), name)
    return { answer: await act(library, row) }
  })
  // Without a library there is no such study.
  return found ? found.answer : (findStudy([], name) as never)
}
