import { Agent, type AgentPlace, type Remembered } from "@kugetsu/core/Agent"
import { Contexts } from "@kugetsu/core/Contexts"
import { contextDigest, type DigestWork } from "@kugetsu/core/domain/contextDigest"
import type { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { TaskContext } from "@kugetsu/core/domain/TaskContext"
import { Git } from "@kugetsu/core/system/Git"
import type { IssueWorktree } from "@kugetsu/core/Worktrees"
import { Effect, Option } from "effect"
import { newsOfUnreadable, tell } from "./announce.ts"

export interface SessionOrigin {
  /** The session that the record names. */
  readonly known: string | null
  /** The export a new session starts from. */
  readonly base: string | null
  /** An export with the issue's conversation from elsewhere. */
  readonly earlier: string | null
  /** null for the PM. */
  readonly issue: { readonly ref: IssueRef; readonly worktree: IssueWorktree } | null
}

export interface RecalledSession {
  readonly session: string
  /** Puts before a prompt what the session itself does not tell its agent. */
  readonly before: (prompt: string) => string
  /** For people, where the session is not simply the one that there was. */
  readonly notes: ReadonlyArray<string>
}

/**
 * The session of a place. One that lacks what the context of its issue has, since the session was lost, damaged or left
 * on another machine, is told so at the beginning of its next turn.
 */
export const recallSession = Effect.fn("recallSession")(function* (
  place: AgentPlace,
  { base, earlier, issue, known }: SessionOrigin,
) {
  const agent = yield* Agent
  const session = yield* agent.ensureSession(place, { known, base, earlier })
  const now = yield* agent.remembers(place, session)
  const renamed = known === null || known === session ? [] : [`its record named session ${known}; it is ${session}`]
  const notes = [...renamed, ...(now?.untold?.refused ?? [])]
  const context = Option.getOrNull(yield* findContext(place, issue))
  if (context !== null && context.conversation_history.length > 0 && (now === null || lacks(context, session, now))) {
    const work = issue === null ? null : yield* workOf(issue.worktree)
    const digest = contextDigest({ context, work })
    const note = "its session lacks earlier work, and was given a digest of its context"
    return begunWith(session, digest, [...notes, note])
  }
  switch (now?.untold?.from) {
    case "kept":
      return begunWith(session, RESTORED, [...notes, "its session was made anew from the copy of it"])
    case "earlier":
      return begunWith(session, RESTORED, [...notes, "its conversation was taken along from elsewhere"])
    default:
      return { session, before: (prompt) => prompt, notes } satisfies RecalledSession
  }
})

const begunWith = (session: string, words: string, notes: ReadonlyArray<string>): RecalledSession => ({
  session,
  before: (prompt) => `${words}\n\n${prompt}`,
  notes,
})

const RESTORED =
  "This conversation was made anew from a copy. Where a secret stood in it, the copy has `***`: never use that as a value. What you need is in your environment."

/** A context of the first kugetsu does not say which session it knew. */
const lacks = ({ session: last }: TaskContext, session: string, { isKept, messages, untold }: Remembered): boolean =>
  last === null ? untold?.from === "new" : (last.id !== session && !isKept) || messages < last.messages

/** A context that cannot be read is told, and left as it is: the session itself may have it all. */
const findContext = Effect.fnUntraced(function* ({ name }: AgentPlace, issue: SessionOrigin["issue"]) {
  const issueRef = issue?.ref.toString() ?? null
  return yield* (yield* Contexts)
    .find({ name, issueRef })
    .pipe(
      Effect.catchTag("RecordUnreadable", (failure) =>
        Effect.as(tell(newsOfUnreadable(failure, issueRef)), Option.none<TaskContext>()),
      ),
    )
})

/** null: git could not tell. */
const workOf = Effect.fnUntraced(function* ({ base, clone, head, path }: IssueWorktree) {
  const git = yield* Git
  const asked = Effect.gen(function* () {
    const start = yield* git.mergeBase(clone, `refs/remotes/origin/${base}`, head)
    const diffstat = Option.isNone(start) ? "" : yield* git.diffStat(clone, start.value, head)
    const { entries } = yield* git.ownStatus(path)
    return { diffstat, uncommitted: entries.map((entry) => entry.path) } satisfies DigestWork
  })
  return yield* Effect.catch(asked, (failure) => Effect.as(Effect.logWarning(failure.message), null))
})
