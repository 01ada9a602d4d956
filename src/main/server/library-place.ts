/** What is to be told of where the library lies. */
import type { LibraryNotice } from '@shared/library-notice'
import { describePlace, placeAdvice, placeFault } from '../doctor/place'

export function placeNotices(library: string): Omit<LibraryNotice, 'at'>[] {
  const sentence = placeFault(library, describePlace(library))
  return sentence === null
    ? []
    : [{ id: 'library.place', level: 'warning', sentence, next: placeAdvice }]
}
