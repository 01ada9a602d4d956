/**
 * The conversation between the Electron shell and the server's utility process. Ports travel beside a message,
 * as its first transferred port. Under child_process.fork the same `start` and `close` are used, and the
 * channel itself is the one client: requests and events pass between them.
 */
import { z } from 'zod'
import type { ErrorMessage } from '@shared/errors'

export const ServerOptions = z.object({
  /** Absolute path of the library folder; it is made where missing. */
  library: z.string(),
  /** The app's version, as clients show it. */
  version: z.string(),
  /** Absolute path of resources/presets. */
  presetsFolder: z.string(),
  /** Absolute path of resources/studies. */
  studiesFolder: z.string().optional(),
  /** Absolute path of a better-sqlite3 module to load instead of the package's own. */
  sqlite: z.string().optional(),
  /** Absolute path of the built trainer, to be forked; or `shell`, to ask the shell for utility processes. */
  trainerEntry: z.string()
})
export type ServerOptions = z.infer<typeof ServerOptions>

export const ToServer = z.discriminatedUnion('type', [
  /** Always the first message. */
  z.object({ type: z.literal('start'), options: ServerOptions }),
  /** With a port: a client (a window's page) that talks the contract. */
  z.object({ type: z.literal('client') }),
  /** With a port: the trainer that `startTrainer` asked for; TrainerInput goes in, TrainerMessage comes out. */
  z.object({ type: z.literal('trainerPort'), id: z.string() }),
  /** The trainer's process is gone, or could not be started; `error` holds its last lines, '' if none. */
  z.object({ type: z.literal('trainerExited'), id: z.string(), error: z.string() }),
  /** Lets the live run write a checkpoint, then answers `closed` (after at most 20 s) and exits. */
  z.object({ type: z.literal('close'), reason: z.string() })
])
export type ToServer = z.infer<typeof ToServer>

export type ToShell =
  /** The store is open and recovered: clients are answered from now on (earlier ones are kept waiting). */
  | { type: 'ready' }
  /** The server could not start; it exits after this. */
  | { type: 'failed'; error: ErrorMessage }
  /** Start a trainer process, make a channel, send one end here as `trainerPort` and the other end to it. */
  | { type: 'startTrainer'; id: string }
  /** Whether any trainer is at work: the machine should not go to sleep while one is. */
  | { type: 'training'; active: boolean }
  /** End that process at once (SIGKILL); `trainerExited` follows. */
  | { type: 'killTrainer'; id: string }
  | { type: 'closed' }
