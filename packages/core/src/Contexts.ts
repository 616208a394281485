import { Context, DateTime, Effect, Layer, Option, Result } from "effect"
import * as path from "node:path"
import type { ConfigInvalid } from "./domain/Config.ts"
import { parseIssueRef, sameIssue } from "./domain/IssueRef.ts"
import { redactContext } from "./domain/redactContext.ts"
import { newContext, TaskContext } from "./domain/TaskContext.ts"
import { timestamp } from "./domain/Timestamp.ts"
import { redactor } from "./Redactor.ts"
import { ensureDirectory, type HomeUnusable } from "./system/Files.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { jsonFile, RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire, type LockBusy } from "./system/Lock.ts"

/** Whose context: the name of the session's file, and its issue; null: the PM. */
export interface ContextOwner {
  readonly name: string
  readonly issueRef: string | null
}

type ReadError = RecordUnreadable | HomeUnusable
type WriteError = ReadError | LockBusy | ConfigInvalid

/** It is held while one file is read and written. */
const WAIT_MS = 10_000

const contexts = jsonFile(TaskContext)

/** `context/NAME.json`: what is known of an issue beyond the life of its session. */
export class Contexts extends Context.Service<
  Contexts,
  {
    /** Fails on the context of another issue, whatever its file is called. */
    readonly find: (owner: ContextOwner) => Effect.Effect<Option.Option<TaskContext>, ReadError>
    /** Changes the context, making it when there is none; what is known to be secret never gets into the file. */
    readonly change: (
      owner: ContextOwner,
      change: (context: TaskContext) => TaskContext,
    ) => Effect.Effect<void, WriteError>
  }
>()("@kugetsu/core/Contexts") {
  static readonly layer = Layer.effect(
    Contexts,
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const host = yield* HostEnvironment

      const find = Effect.fn("Contexts.find")(function* ({ issueRef, name }: ContextOwner) {
        const file = home.context(name)
        const found = yield* contexts.find(file)
        if (Option.isSome(found) && !isOf(found.value, issueRef)) {
          const reason = `it is that of ${found.value.issue_ref ?? "the PM"}, not of ${issueRef ?? "the PM"}`
          return yield* new RecordUnreadable({ path: file, reason })
        }
        return found
      })

      const change = Effect.fn("Contexts.change")(
        function* (owner: ContextOwner, edit: (context: TaskContext) => TaskContext) {
          const redact = yield* redactor
          const file = home.context(owner.name)
          yield* acquire(home.lock("context.lock"), { waitMs: WAIT_MS })
          const made = newContext(owner.issueRef, timestamp(yield* DateTime.now))
          const before = Option.getOrElse(yield* find(owner), () => made)
          yield* ensureDirectory(path.dirname(file))
          const after = { ...edit(before), version: 1 as const, issue_ref: owner.issueRef ?? before.issue_ref }
          yield* contexts.replace(file, redactContext(after, redact))
        },
        Effect.scoped,
        Effect.provideService(KugetsuHome, home),
        Effect.provideService(HostEnvironment, host),
      )

      return Contexts.of({ find, change })
    }),
  )
}

/** The first kugetsu may have left out whose it is: then the name tells. */
const isOf = ({ issue_ref }: TaskContext, issueRef: string | null): boolean => {
  if (issue_ref === null || issue_ref === "" || issue_ref === issueRef) return true
  if (issueRef === null) return false
  const [theirs, ours] = [Result.getOrNull(parseIssueRef(issue_ref)), Result.getOrNull(parseIssueRef(issueRef))]
  return theirs !== null && ours !== null && sameIssue(theirs, ours)
}
