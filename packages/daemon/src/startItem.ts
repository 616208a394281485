import type { Failure } from "@kugetsu/core/domain/Failure"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QueueItemId } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Launcher } from "@kugetsu/core/Launcher"
import { Queue } from "@kugetsu/core/Queue"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { Effect, Option, Result } from "effect"
import { announceQueued, announceTurn } from "./announce.ts"
import { journal } from "./Journal.ts"
import { refuseItem } from "./refuseItem.ts"
import { tellTrouble } from "./trouble.ts"

export type Start =
  | { readonly _tag: "Started"; readonly run: RunId }
  /** What stood in the way that the observation could not see: nothing was lost, and it is tried again. */
  | { readonly _tag: "HeldBack"; readonly failure: Failure }
  /** It waits no more, here or anywhere. */
  | { readonly _tag: "Gone" }

/** Launches a run for an item whose turn has come, or ends one that no run can be for. */
export const startItem = Effect.fn("startItem")(function* (id: QueueItemId, settings: SettingsSnapshot) {
  const item = Option.getOrNull(yield* (yield* Queue).find(id))
  if (item === null) return { _tag: "Gone" } satisfies Start
  const issue = item.issue_ref === null ? Result.succeed(null) : parseIssueRef(item.issue_ref)
  if (Result.isFailure(issue)) {
    yield* refuseItem(item, issue.failure.message)
    return { _tag: "Gone" } satisfies Start
  }
  const launched = yield* Effect.result(
    (yield* Launcher).launch({
      agent: issue.success === null ? "pm-agent" : "dev",
      issue: issue.success,
      message: item.message,
      debug: false,
      item: id,
      settings,
    }),
  )
  if (Result.isFailure(launched)) {
    yield* journal({ event: "held_back", item: id, reason: launched.failure.message })
    yield* tellTrouble(id, `${id} was not started: ${launched.failure.message}`)
    return { _tag: "HeldBack", failure: launched.failure } satisfies Start
  }
  const run = launched.success
  yield* journal({ event: "started", item: id, run, issue_ref: item.issue_ref })
  yield* crashPoint("daemon.started")
  yield* announceQueued(item)
  yield* announceTurn({ run, issue_ref: item.issue_ref, message: item.message })
  yield* crashPoint("daemon.dequeued")
  return { _tag: "Started", run } satisfies Start
})
