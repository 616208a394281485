import { Effect } from "effect"
import { lockNameOf } from "./domain/IssueRef.ts"
import { refOf, type SessionState, type SessionType, type TrackedSession } from "./domain/Session.ts"
import type { Usage } from "./domain/Usage.ts"
import { Sessions } from "./Sessions.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { isHeld } from "./system/Lock.ts"

/** A tracked session as `kugetsu list --json` prints it. */
export interface ListedSession {
  /** null for base and PM. */
  readonly issue_ref: string | null
  readonly type: SessionType
  readonly session_id: string | null
  readonly worktree_path: string | null
  /** `active` exactly while a supervisor holds the issue. */
  readonly state: SessionState
  readonly branch_name: string | null
  readonly pr_url: string | null
  readonly created_at: string
  /** The newest run. */
  readonly run: string | null
  /** Of all its runs that ended, those that were cleaned up too; null: not known. */
  readonly usage: Usage | null
}

/** Every session with its true state, and an error for each file that could not be understood. */
export const listSessions = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const { sessions, unreadable } = yield* (yield* Sessions).survey
  const listed = yield* Effect.forEach(sessions, (tracked) =>
    Effect.map(isHeld(home.issueLock(lockOf(tracked))), (held) => describe(tracked, held)),
  )
  return { sessions: listed, unreadable }
}).pipe(Effect.withSpan("listSessions"))

const lockOf = ({ name, session }: TrackedSession): string => {
  const ref = refOf(session)
  return ref === null ? name : lockNameOf(ref)
}

const describe = ({ session }: TrackedSession, held: boolean): ListedSession => ({
  issue_ref: session.issue_ref,
  type: session.type,
  session_id: session.opencode_session_id,
  worktree_path: session.worktree_path,
  // a file that still says `active` was left by a run that died
  state: held ? "active" : session.state === "active" ? "idle" : session.state,
  branch_name: session.branch_name,
  pr_url: session.pr_url,
  created_at: session.created_at,
  run: session.run,
  usage: session.usage ?? null,
})
