/** Replication packs: written and saved as a file, chosen as a file and opened. Both go part by part. */
import { packEnding, type PackCheckpoints } from '@shared/pack'
import type { Api } from '../api'
import { chooseFile } from '../choose-file'
import { bytesOf, base64Of } from '../base64'
import { saveFile } from '../save-file'
import { texts } from '../texts'
import type { Notices } from './notices.svelte'
import type { Router } from './router.svelte'

/** Of a file that is brought to the server; its base64 stays below what a request may hold. */
const partBytes = 2 ** 22

export type PackSubject = { study: string } | { runs: string[] }

export class Packs {
  /** One at a time: a pack may be as large as the library. */
  busy = $state(false)

  constructor(
    readonly api: Api,
    readonly router: Router,
    readonly notices: Notices
  ) {}

  /** Writes a pack and hands it to the person as a file. */
  write(subject: PackSubject, checkpoints: PackCheckpoints): Promise<void> {
    return this.#do(async () => {
      const { request } = this.api
      this.notices.done(texts.packs.writing)
      const written = await request['packs.create']({ ...subject, checkpoints })
      const { ticket } = written
      const parts: Uint8Array<ArrayBuffer>[] = []
      for (let offset: number | null = 0; offset !== null;) {
        const part: { base64: string; next: number | null } = await request['packs.read']({
          ticket,
          offset
        })
        parts.push(bytesOf(part.base64))
        offset = part.next
      }
      saveFile(written.name, new Blob(parts), 'application/zip')
      await request['packs.discard']({ ticket })
      this.notices.done([texts.packs.written(written), ...written.notes].join('. '))
    })
  }

  /** Lets the person choose a pack, and opens it. */
  async choose(): Promise<void> {
    const file = await chooseFile(packEnding)
    if (file) await this.open(file)
  }

  open(file: File): Promise<void> {
    return this.#do(async () => {
      const { request } = this.api
      this.notices.done(texts.packs.reading(file.name))
      let ticket: string | null = null
      for (let offset = 0; offset < file.size || ticket === null; offset += partBytes) {
        const part = new Uint8Array(await file.slice(offset, offset + partBytes).arrayBuffer())
        const answer: { ticket: string } = await request['packs.upload']({
          ticket,
          offset,
          base64: base64Of(part)
        })
        ticket = answer.ticket
      }
      const opened = await request['packs.open']({ ticket, name: file.name.slice(0, 200) })
      this.notices.done([texts.packs.opened(opened), ...opened.notes].join('. '))
      const [only] = [...opened.added, ...opened.known]
      if (opened.study) this.router.go({ view: 'study', id: opened.study })
      else if (only && opened.added.length + opened.known.length === 1)
        this.router.go({ view: 'run', id: only })
      else this.router.go({ view: 'runs' })
    })
  }

  async #do(work: () => Promise<void>): Promise<void> {
    if (this.busy) return
    this.busy = true
    try {
      await work()
    } catch (error) {
      this.notices.failed(error)
    } finally {
      this.busy = false
    }
  }
}
