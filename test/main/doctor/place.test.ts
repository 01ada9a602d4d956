import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describePlace, placeFault } from '../../../src/main/doctor/place'
import { temporaryFolder } from '../../support/library'

describe('where a library lies', () => {
  const local = (): number => 0xef53 // ext4

  it.each([
    ['/home/ada/Dropbox/grokking', 'Dropbox'],
    ['/home/ada/Dropbox (MIT)/grokking', 'Dropbox'],
    ['C:\\Users\\Ada\\OneDrive - University\\Grokscope', 'OneDrive'],
    ['/Users/ada/Library/Mobile Documents/com~apple~CloudDocs/runs', 'iCloud'],
    ['/Users/ada/Library/CloudStorage/GoogleDrive-ada/My Drive/runs', "the system's cloud storage"],
    ['/home/ada/Nextcloud/runs', 'Nextcloud']
  ])('%s is synchronised by %s', (folder, program) => {
    expect(describePlace(folder, local)).toEqual({ network: null, synchronisedBy: program })
    expect(placeFault(folder, describePlace(folder, local))).toContain(program)
  })

  it.each([
    ['/home/ada/.local/share/grokscope'],
    ['/home/ada/my dropbox notes/x'],
    ['/data/synchrony']
  ])('%s is not', (folder) => {
    const place = describePlace(folder, local)
    expect(place).toEqual({ network: null, synchronisedBy: null })
    expect(placeFault(folder, place)).toBeNull()
  })

  it('knows the marker of Syncthing in any folder above', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'runs/deep'), { recursive: true })
    mkdirSync(join(folder, '.stfolder'))
    expect(describePlace(join(folder, 'runs/deep'), local).synchronisedBy).toBe('Syncthing')
  })

  it.each([
    [0x6969, 'NFS'],
    // As a 32-bit number with a sign, which some systems give.
    [0xff534d42 | 0, 'CIFS'],
    [0x0bd00bd0, 'Lustre']
  ])('a file system of type %i is a network: %s', (type, name) => {
    const place = describePlace('/mnt/cluster/grokscope', () => type)
    expect(place.network).toBe(name)
    expect(placeFault('/mnt/cluster/grokscope', place)).toContain(name)
  })

  it('a share of Windows is one by its name', () => {
    expect(describePlace('\\\\server\\share\\runs', () => null).network).toBe('a network share')
  })

  it('this machine says what its own temporary folder is on', () => {
    expect(describePlace(temporaryFolder())).toEqual({ network: null, synchronisedBy: null })
  })
})
