import { Effect, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { findReferences } from "./domain/findReferences.ts"
import { identityOf, type IssueRef } from "./domain/IssueRef.ts"
import { instanceOfServer } from "./domain/ServerAddress.ts"
import { enqueueTask, type QueuedTask } from "./enqueueTask.ts"
import type { NewItem } from "./Queue.ts"
import { resolveReference } from "./resolveReference.ts"
import { Servers } from "./Servers.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"

/** An agent, or the PM itself, would wake the PM, which would wake it again. */
export class PmInsideRun extends Schema.TaggedError<PmInsideRun>()("PmInsideRun", {
  run: Schema.String,
  /** In words; null: the message names none. */
  issues: Schema.NullOr(Schema.String),
}) {
  readonly code = ExitCode.usage
  override get message() {
    const why = this.issues === null ? "no issue is named" : `several issues are named: ${this.issues}`
    return `this is inside run ${this.run}, where only a task for one issue can be left, and ${why}`
  }
  get remedy() {
    return 'Name it: kugetsu delegate --issue host/owner/repo#14 "what to do"'
  }
}

/** Whom a task goes to. */
export type Route =
  | { readonly _tag: "Issue"; readonly issue: IssueRef }
  /** The PM; with what the message names, if it names several issues. */
  | { readonly _tag: "Pm"; readonly named: NamedIssues | null }

/** The first few, and how many references follow that were not looked up. */
export interface NamedIssues {
  readonly first: ReadonlyArray<IssueRef>
  readonly more: number
}

export const namedText = ({ first, more }: NamedIssues): string =>
  `${first.join(", ")}${more === 0 ? "" : ` and ${more} more`}`

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
  if (run && route._tag === "Pm") return yield* new PmInsideRun({ run, issues: route.named && namedText(route.named) })
  const queued = yield* enqueueTask({ ...task, issue: route._tag === "Issue" ? route.issue : null })
  return { ...queued, route } satisfies Delegated
})

/** People are told of so many. Looking one up reads files, and a message may name a hundred thousand. */
const NAMED = 5

const routeOf = Effect.fnUntraced(function* (message: string) {
  const servers = yield* Servers
  const references = findReferences(message, {
    defaultInstance: yield* servers.defaultInstance,
    knownInstances: (yield* servers.list).map(({ url }) => instanceOfServer(url)),
  })
  const issues = new Map<string, IssueRef>()
  let more = references.length
  for (const reference of references) {
    if (issues.size === NAMED) break
    const issue = yield* resolveReference(reference)
    more -= 1
    if (!issues.has(identityOf(issue))) issues.set(identityOf(issue), issue)
  }
  const [only, ...others] = issues.values()
  if (only === undefined) return { _tag: "Pm", named: null } satisfies Route
  return others.length === 0
    ? ({ _tag: "Issue", issue: only } satisfies Route)
    : ({ _tag: "Pm", named: { first: [only, ...others], more } } satisfies Route)
})
