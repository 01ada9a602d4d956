/** Copies a bundle into the work folder: once, file by file by hash, so that a copy that broke off goes on. */
import { createReadStream } from 'node:fs'
import { pack } from 'tar-stream'
import type { Bundle, BundleFile } from './bundle'
import type { Connection } from './connection'
import { quote, quotePath } from './quote'

/**
 * Makes sure that the work folder has a bundle, whole.
 * @param folder the work folder
 * @param told takes how many bytes are left to send, before the sending
 * @returns how many files were sent
 */
export async function sendBundle(
  connection: Connection,
  folder: string,
  bundle: Bundle,
  told: (bytes: number) => void = () => undefined
): Promise<number> {
  const place = quotePath(`${folder}/bundles/${bundle.hash}`)
  const aside = quotePath(`${folder}/bundles/.${bundle.hash}.part`)
  const { code } = await connection.run(`[ -f ${place}/manifest ]`)
  if (code === 0) return 0
  const sums = bundle.files
    .filter(({ link }) => link === null)
    .map(({ sha256, path }) => `${sha256}  ${path}\n`)
    .join('')
  await connection.must(`mkdir -p ${aside} && cat >${aside}/.sums`, sums)
  // What is there from a copy that broke off is kept where its hash is right.
  const there = await connection.must(
    `cd ${aside} && { sha256sum -c .sums 2>/dev/null || true; } | sed -n 's/: OK$//p'`
  )
  const whole = new Set(there.toString().split('\n'))
  const missing = bundle.files.filter(({ path, link }) => link !== null || !whole.has(path))
  told(missing.reduce((sum, { bytes }) => sum + bytes, 0))
  await connection.must(`tar -xf - -C ${aside}`, packed(missing))
  // Two who send the same meet here: whoever comes second finds it done.
  await connection.must(
    `cd ${aside} && sha256sum -c --status .sums && mv .sums manifest && cd .. &&` +
      ` { mv ${quote(`.${bundle.hash}.part`)} ${quote(bundle.hash)} 2>/dev/null || [ -f ${quote(bundle.hash)}/manifest ]; }`
  )
  return missing.length
}

function packed(files: readonly BundleFile[]): NodeJS.ReadableStream {
  const archive = pack()
  void (async () => {
    for (const { path, source, bytes, executable, link } of files) {
      if (link !== null) {
        archive.entry({ name: path, type: 'symlink', linkname: link })
        continue
      }
      const mode = executable ? 0o755 : 0o644
      await new Promise<void>((resolve, reject) => {
        const entry = archive.entry({ name: path, size: bytes, mode }, (error) =>
          error ? reject(error) : resolve()
        )
        createReadStream(source).once('error', reject).pipe(entry)
      })
    }
    archive.finalize()
  })().catch((error: Error) => archive.destroy(error))
  return archive as unknown as NodeJS.ReadableStream
}
