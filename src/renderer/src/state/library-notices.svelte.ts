/** What is to be told of the library itself, as the server last said. */
import type { LibraryNotice } from '@shared/library-notice'
import type { Api } from '../api'

export class LibraryNotices {
  list = $state.raw<readonly LibraryNotice[]>([])

  constructor(readonly api: Api) {
    api.onStatus((status) => {
      if (status === 'connected') void this.#ask()
    })
    api.on('library.changed', ({ notices }) => (this.list = notices))
  }

  async dismiss(id: string): Promise<void> {
    this.list = this.list.filter((notice) => notice.id !== id)
    await this.api.request['library.dismiss']({ id }).catch(() => this.#ask())
  }

  async #ask(): Promise<void> {
    // A line that breaks in between is told by the frame, and asked anew.
    this.list = await this.api.request['library.notices']({}).catch(() => this.list)
  }
}
