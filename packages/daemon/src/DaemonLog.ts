import { redacted } from "@kugetsu/core/Redactor"
import { appendLine } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Context, Effect, Layer, Logger } from "effect"

/** Bytes; so many earlier files of that size are kept. */
const usualRotation = { limit: 10 * 1024 * 1024, kept: 3 }

/**
 * What the daemon says goes to queue/daemon.log, always, and to standard error, which is the journal under systemd;
 * `quiet` where nobody reads that.
 */
export const layer = (options: { readonly quiet: boolean; readonly rotation?: typeof usualRotation }) =>
  Layer.unwrap(
    Effect.map(Effect.context<KugetsuHome>(), (context) => {
      const { queue } = Context.get(context, KugetsuHome)
      const clean = Logger.map(Logger.formatSimple, (line) => Effect.runSyncWith(context)(redacted(line)))
      const toLog = Logger.map(clean, (line) => {
        // a disk that is full must not end the daemon: standard error still tells
        Effect.runSync(Effect.ignore(appendLine(queue.daemonLog, line, options.rotation ?? usualRotation)))
      })
      const toErrors = Logger.map(clean, (line) => {
        process.stderr.write(`${line}\n`)
      })
      return Logger.layer(options.quiet ? [toLog] : [toLog, toErrors])
    }),
  )
