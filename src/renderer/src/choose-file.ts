/**
 * Lets the person choose a file of this machine; null where they do not.
 * @param ending of its name, with the dot
 */
export function chooseFile(ending: string): Promise<File | null> {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = ending
  return new Promise((resolve) => {
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null))
    input.addEventListener('cancel', () => resolve(null))
    input.click()
  })
}
