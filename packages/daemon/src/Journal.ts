import { redactJson } from "@kugetsu/core/domain/Redaction"
import { redactor } from "@kugetsu/core/Redactor"
import { appendLine } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { timestamp } from "@kugetsu/core/domain/Timestamp"
import { growingFile } from "@kugetsu/core/system/GrowingFile"
import { DateTime, Effect, Option, Schema } from "effect"
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
  | { readonly event: "refused"; readonly item: string; readonly reason: string }
  | { readonly event: "given_back"; readonly item: string; readonly run: string; readonly reason: string }
  | { readonly event: "killed"; readonly run: string; readonly reason: string }
  | {
      readonly event: "tick"
      readonly settled: ReadonlyArray<string>
      readonly given_back: ReadonlyArray<string>
      readonly started: string | null
      readonly held_back: ReadonlyArray<string>
      readonly waiting: Waiting
    }

/** By the name of the gate. */
export type Waiting = Readonly<Record<string, { readonly count: number; readonly first: ReadonlyArray<string> }>>

/** Bytes; one earlier file of that size is kept. */
const LIMIT = 5 * 1024 * 1024

const journalFile = Effect.map(KugetsuHome, ({ logs }) => path.join(logs, "journal.ndjson"))

export const journal = Effect.fn("journal")(function* (entry: JournalEntry) {
  const file = yield* journalFile
  const at = timestamp(yield* DateTime.now)
  yield* appendLine(file, JSON.stringify({ at, ...redactJson(entry, yield* redactor) }), { limit: LIMIT, kept: 1 })
})

const HeldBack = Schema.fromJsonString(
  Schema.Struct({ at: Schema.String, event: Schema.Literal("held_back"), item: Schema.String, reason: Schema.String }),
)

/** Why the item was not started when it was last tried; null: nothing stood in its way then. */
export const lastHeldBack = Effect.fn("lastHeldBack")(function* (item: string) {
  const lines = yield* growingFile(yield* journalFile)
  const newest = lines.findLast((line) => line.includes(`"item":"${item}"`))
  return Option.getOrNull(Schema.decodeUnknownOption(HeldBack)(newest))
})
