import { appendLine } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { DateTime, Effect } from "effect"
import * as path from "node:path"

/** One thing the daemon decided, as a line of logs/journal.ndjson. */
export type JournalEntry =
  | { readonly event: "daemon_up" | "daemon_down"; readonly pid: number; readonly version: string }
  | { readonly event: "started"; readonly item: string; readonly run: string; readonly issue_ref: string | null }
  | {
      readonly event: "settled"
      readonly item: string | null
      readonly run: string
      readonly outcome: string
      readonly state: string | null
    }
  | { readonly event: "held_back"; readonly item: string; readonly reason: string }
  | { readonly event: "given_back"; readonly item: string; readonly run: string; readonly reason: string }
  | { readonly event: "killed"; readonly run: string; readonly reason: string }

/** Bytes; one earlier file of that size is kept. */
const LIMIT = 5 * 1024 * 1024

export const journal = Effect.fn("journal")(function* (entry: JournalEntry) {
  const file = path.join((yield* KugetsuHome).logs, "journal.ndjson")
  const at = timestamp(yield* DateTime.now)
  yield* appendLine(file, JSON.stringify({ at, ...entry }), { limit: LIMIT, kept: 1 })
})
