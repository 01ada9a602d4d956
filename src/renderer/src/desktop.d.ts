/** What the preload script adds in the desktop app; absent in a browser. */
interface Window {
  desktop?: {
    platform: string
    /** Asks the shell for a port to the server; it arrives as a window message `{type: 'port'}`. */
    connect(): void
    /** Shows a run's folder in the system's file manager. */
    revealRun(id: string): void
    /** Opens a page of a paper, of code or of a driver in the user's browser; the shell refuses all others. */
    openLink(address: string): void
    /** Asks for a file of facts; its absolute path, or null where none was chosen. */
    chooseFile(): Promise<string | null>
  }
}
