import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { enqueueTask, type QueuedTask } from "./enqueueTask.ts"
import type { NewItem } from "./Queue.ts"
import { namedText, type Route, routeOf, unplacedText } from "./routeOf.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"

/** An agent, or the PM itself, would wake the PM, which would wake it again. */
export class PmInsideRun extends Schema.TaggedError<PmInsideRun>()("PmInsideRun", {
  run: Schema.String,
  /** Why it is not for one issue. */
  why: Schema.String,
}) {
  readonly code = ExitCode.usage
  override get message() {
    return `this is inside run ${this.run}, where only a task for one issue can be left, and ${this.why}`
  }
  get remedy() {
    return 'Name it: kugetsu delegate --issue host/owner/repo#14 "what to do"'
  }
}

export interface Delegated extends QueuedTask {
  readonly route: Route
}

/**
 * Use case: delegate. With `to: null` the message itself says which issue it is for; one that names none, or several, is for
 * the PM. The item survives a power cut once this has come back. Fails before anything is queued with `NotInitialised`,
 * `PmInsideRun`, `MessageTooLong`, `QueueUnavailable`, or what cannot be read of the home; `untold` of what it gives is no
 * failure of it.
 */
export const delegate = Effect.fn("delegate")(function* ({
  to,
  ...task
}: Omit<NewItem, "issue"> & {
  readonly to: Route | null
}) {
  const route = to ?? (yield* routeOf(task.message))
  const { KUGETSU_RUN: run } = yield* HostEnvironment
  if (run && route._tag === "Pm") return yield* new PmInsideRun({ run, why: whyNotOne(route) })
  const queued = yield* enqueueTask({ ...task, issue: route._tag === "Issue" ? route.issue : null })
  return { ...queued, route } satisfies Delegated
})

const whyNotOne = ({ named, unplaced }: Extract<Route, { readonly _tag: "Pm" }>): string =>
  named !== null
    ? `several issues are named: ${namedText(named)}`
    : unplaced === undefined
      ? "no issue is named"
      : unplacedText(unplaced)
