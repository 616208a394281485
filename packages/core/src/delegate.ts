import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { findReferences } from "./domain/findReferences.ts"
import { type IssueRef, sameIssue } from "./domain/IssueRef.ts"
import { instanceOfServer } from "./domain/ServerAddress.ts"
import { enqueueTask, type QueuedTask } from "./enqueueTask.ts"
import type { NewItem } from "./Queue.ts"
import { resolveReference } from "./resolveReference.ts"
import { Servers } from "./Servers.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"

/** An agent, or the PM itself, would wake the PM, which would wake it again. */
export class PmInsideRun extends Schema.TaggedError<PmInsideRun>()("PmInsideRun", {
  run: Schema.String,
  issues: Schema.Array(Schema.String),
}) {
  readonly code = ExitCode.usage
  override get message() {
    const why = this.issues.length === 0 ? "no issue is named" : `several issues are named: ${this.issues.join(", ")}`
    return `this is inside run ${this.run}, where only a task for one issue can be left, and ${why}`
  }
  get remedy() {
    return 'Name it: kugetsu delegate --issue host/owner/repo#14 "what to do"'
  }
}

/** Whom a task goes to. */
export type Route =
  | { readonly _tag: "Issue"; readonly issue: IssueRef }
  /** The PM; with the issues that the message names, if it names several. */
  | { readonly _tag: "Pm"; readonly named: ReadonlyArray<IssueRef> }

export interface Delegated extends QueuedTask {
  readonly route: Route
}

/** Use case: delegate. Without an issue the message itself says which; one that names none, or several, is for the PM. */
export const delegate = Effect.fn("delegate")(function* ({
  to,
  ...task
}: Omit<NewItem, "issue"> & {
  readonly to: Route | null
}) {
  const route = to ?? (yield* routeOf(task.message))
  const { KUGETSU_RUN: run } = yield* HostEnvironment
  if (run && route._tag === "Pm") return yield* new PmInsideRun({ run, issues: route.named.map(String) })
  const queued = yield* enqueueTask({ ...task, issue: route._tag === "Issue" ? route.issue : null })
  return { ...queued, route } satisfies Delegated
})

const routeOf = Effect.fnUntraced(function* (message: string) {
  const servers = yield* Servers
  const references = findReferences(message, {
    defaultInstance: yield* servers.defaultInstance,
    knownInstances: (yield* servers.list).map(({ url }) => instanceOfServer(url)),
  })
  const issues: Array<IssueRef> = []
  for (const reference of references) {
    const issue = yield* resolveReference(reference)
    if (!issues.some((other) => sameIssue(other, issue))) issues.push(issue)
  }
  const [only, ...others] = issues
  return only !== undefined && others.length === 0
    ? ({ _tag: "Issue", issue: only } satisfies Route)
    : ({ _tag: "Pm", named: issues } satisfies Route)
})
