import type { Failure } from "@kugetsu/core/domain/Failure"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QueueItem, QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Launcher } from "@kugetsu/core/Launcher"
import { Queue } from "@kugetsu/core/Queue"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { Effect, Option } from "effect"
import { announceTurn } from "./announce.ts"
import { journal } from "./Journal.ts"
import { tellTrouble } from "./trouble.ts"

export type Start =
  | { readonly _tag: "Started"; readonly run: RunId }
  /** What stood in the way that the observation could not see: nothing was lost, and it is tried again. */
  | { readonly _tag: "HeldBack"; readonly failure: Failure }
  | { readonly _tag: "Gone" }

/** Launches a run for an item whose turn has come. */
export const startItem = Effect.fn("startItem")(function* (id: QueueItemId) {
  const item = Option.getOrNull(yield* (yield* Queue).find(id))
  if (item === null) return { _tag: "Gone" } satisfies Start
  const launched = yield* Effect.result(launch(item))
  if (launched._tag === "Failure") {
    yield* journal({ event: "held_back", item: id, reason: launched.failure.message })
    yield* tellTrouble(id, `${id} was not started: ${launched.failure.message}`)
    return { _tag: "HeldBack", failure: launched.failure } satisfies Start
  }
  const run = launched.success
  yield* journal({ event: "started", item: id, run, issue_ref: item.issue_ref })
  yield* crashPoint("daemon.started")
  yield* announceTurn({ run, issue_ref: item.issue_ref, message: item.message })
  yield* crashPoint("daemon.dequeued")
  return { _tag: "Started", run } satisfies Start
})

const launch = Effect.fnUntraced(function* (item: QueueItem) {
  const issue = item.issue_ref === null ? null : yield* Effect.fromResult(parseIssueRef(item.issue_ref))
  return yield* (yield* Launcher).launch({
    agent: issue === null ? "pm-agent" : "dev",
    issue,
    message: item.message,
    debug: false,
    item: item.id,
  })
})
