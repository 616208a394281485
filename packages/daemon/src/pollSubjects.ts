import { readCloneUrl } from "@kugetsu/core/domain/CloneUrl"
import { type IssueRef, lockNameOf } from "@kugetsu/core/domain/IssueRef"
import type { PollSubject } from "@kugetsu/core/domain/PollPlan"
import { refOf, type Session, type TrackedSession } from "@kugetsu/core/domain/Session"
import { Queue } from "@kugetsu/core/Queue"
import { Servers } from "@kugetsu/core/Servers"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { isHeld } from "@kugetsu/core/system/Lock"
import { Effect } from "effect"
import { workerOf } from "./observe.ts"

/** An issue whose worktree may go once its pull request has come to its end. */
export interface TidiedIssue extends PollSubject {
  readonly ref: IssueRef
  readonly session: Session
}

/**
 * Every issue that has a worktree, and a branch or a pull request that a forge can be asked about. A record that cannot
 * be read is nobody's subject: it is told by whoever lists the sessions.
 */
export const pollSubjects = Effect.gen(function* () {
  const { sessions } = yield* (yield* Sessions).survey
  const waiting = yield* waitingWorkers
  const subjects = yield* Effect.forEach(sessions, (tracked) => subjectOf(tracked, waiting))
  return subjects.flatMap((subject) => (subject === null ? [] : [subject]))
}).pipe(Effect.withSpan("pollSubjects"))

/** Whose tasks wait or run. */
export const waitingWorkers = Effect.gen(function* () {
  const items = yield* (yield* Queue).list(["pending", "notified"])
  return new Set(items.map(({ issue_ref }) => workerOf(issue_ref)))
})

const subjectOf = Effect.fnUntraced(function* ({ name, session }: TrackedSession, waiting: ReadonlySet<string>) {
  const ref = refOf(session)
  if (ref === null || session.worktree_path === null || (session.branch_name ?? session.pr_url) === null) return null
  // what cannot be asked for now is not forgotten
  const url = yield* Effect.orElseSucceed((yield* Servers).cloneUrl(ref), () => null)
  if (url !== null && readCloneUrl(url).host === null) return null
  const worker = lockNameOf(ref)
  const busy = waiting.has(worker) || (yield* isHeld((yield* KugetsuHome).issueLock(worker)))
  return {
    key: name,
    host: ref.instance,
    run: session.run,
    prUrl: session.pr_url,
    busy,
    ref,
    session,
  } satisfies TidiedIssue
})
