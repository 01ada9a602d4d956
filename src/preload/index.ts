/** Hands the page its port to the server, and the few things that only a desktop can do. */
import { contextBridge, ipcRenderer } from 'electron'

contextBridge.exposeInMainWorld('desktop', {
  platform: process.platform,
  connect: () => ipcRenderer.send('connect'),
  revealRun: (id: string) => ipcRenderer.send('revealRun', String(id)),
  openLink: (address: string) => ipcRenderer.send('openLink', String(address)),
  chooseFile: (): Promise<string | null> => ipcRenderer.invoke('chooseFile')
})
for (const type of ['port', 'portLost', 'serverFailed']) {
  ipcRenderer.on(type, ({ ports }, detail?: string) =>
    window.postMessage({ type, detail }, location.origin, [...ports])
  )
}
