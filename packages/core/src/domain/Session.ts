import { Result, Schema, SchemaGetter } from "effect"
import { samePullRequestName } from "./PullRequestName.ts"
import { Usage } from "./Usage.ts"
import { IssueRef, parseIssueRef, parseReference, sameIssue } from "./IssueRef.ts"

export const SessionType = Schema.Literals(["base", "pm_agent", "forked"])
export type SessionType = typeof SessionType.Type

export const SessionState = Schema.Literals(["idle", "active", "timeout", "completed", "error"])
export type SessionState = typeof SessionState.Type

const textOrNull = Schema.NullOr(Schema.String)

const SessionRecord = Schema.Struct({
  version: Schema.Literal(1),
  type: SessionType,
  issue_ref: textOrNull,
  /** null until the session was imported into the issue's own database. */
  opencode_session_id: textOrNull,
  /** Absolute. */
  worktree_path: textOrNull,
  /** ISO 8601 with offset. */
  created_at: Schema.String,
  state: SessionState,
  pr_url: textOrNull,
  branch_name: textOrNull,
  /** The newest run, of which the truth is in `runs/<run>/`. */
  run: textOrNull,
  /** The sum of all its runs that ended, those that were cleaned up too; missing: none ended since sums are kept. */
  usage: Schema.optionalKey(Usage),
})
export type Session = typeof SessionRecord.Type

const nothingKnown = {
  issue_ref: null,
  opencode_session_id: null,
  worktree_path: null,
  pr_url: null,
  branch_name: null,
  run: null,
} satisfies Partial<Session>

/**
 * Missing and empty are null: the first kugetsu wrote either. Its records may lack more, since it wrote them in pieces:
 * what an issue's record must have is taken from what it has.
 */
const completed = (record: unknown): unknown => {
  if (typeof record !== "object" || record === null) return record
  const known = Object.entries(record).filter(([name, value]) => value !== "" || !Object.hasOwn(nothingKnown, name))
  if ("version" in record) return { state: "idle", ...nothingKnown, ...Object.fromEntries(known) }
  const written = Object.fromEntries(known.filter(([, value]) => value !== "" && value !== null))
  const type = "issue_ref" in written ? { type: "forked" } : {}
  return { version: 1, ...type, state: "idle", created_at: new Date(0).toISOString(), ...nothingKnown, ...written }
}

/**
 * One file of `sessions/`: what kugetsu knows of an issue, or of its own base and PM sessions. A file without `version`
 * was written by the first kugetsu and lacks the younger fields. They are filled in at once: a default for each field
 * would make reading a record twice as slow.
 */
export const Session = Schema.Unknown.pipe(
  Schema.decodeTo(SessionRecord, {
    decode: SchemaGetter.transform((record) => completed(record) as typeof SessionRecord.Encoded),
    encode: SchemaGetter.passthrough(),
  }),
)

/** The record of an issue that nothing was done on yet. */
export const newIssueSession = (ref: IssueRef, createdAt: string): Session => ({
  version: 1,
  type: "forked",
  issue_ref: ref.toString(),
  opencode_session_id: null,
  worktree_path: null,
  created_at: createdAt,
  state: "idle",
  pr_url: null,
  branch_name: null,
  run: null,
})

/** A session file with its place. */
export interface TrackedSession {
  /** File name without `.json`: the issue's slug, `base` or `pm-agent`. */
  readonly name: string
  readonly session: Session
}

/** The type of record that a file of this name holds. */
export const sessionTypeOf = (name: string): SessionType =>
  name === "base" ? "base" : name === "pm-agent" ? "pm_agent" : "forked"

/** What is wrong with a record that decodes; null when nothing is. */
export const flawOf = ({ name, session }: TrackedSession): string | null => {
  const expected = sessionTypeOf(name)
  if (session.type !== expected) return `its type is ${session.type}, and its file name says ${expected}`
  return session.type === "forked" && session.issue_ref === null ? "an issue's record without issue_ref" : null
}

/** Null for the base, the PM, and a name that is no ref: the first kugetsu took any name for an issue. */
export const refOf = (session: Session): IssueRef | null =>
  session.issue_ref === null ? null : Result.getOrElse(parseIssueRef(session.issue_ref), () => null)

export const belongsTo = (session: Session, ref: IssueRef): boolean => {
  const own = refOf(session)
  return own !== null && sameIssue(own, ref)
}

/** Whether the session's pull request is the one that goes by this `pr-N` ref. */
export const ownsPullRequest = (session: Session, pullRequest: IssueRef): boolean => {
  if (session.pr_url === null) return false
  const parsed = parseReference(session.pr_url, { defaultInstance: pullRequest.instance })
  if (Result.isFailure(parsed)) return false
  const { issue } = parsed.success
  return (
    issue.repositoryKey.toLowerCase() === pullRequest.repositoryKey.toLowerCase() &&
    samePullRequestName(issue.identifier, pullRequest.identifier)
  )
}

/** Whether the session is about a pull request of that name, of whatever repository. */
export const isOnPullRequest = (session: Session, name: string): boolean => {
  const own = refOf(session)
  if (own === null) return false
  return (
    samePullRequestName(own.identifier, name) ||
    ownsPullRequest(
      session,
      new IssueRef({ instance: own.instance, owner: own.owner, repository: own.repository, identifier: name }),
    )
  )
}

/** Base, PM, then issues by ref, `#9` before `#10`. */
export const bySessionOrder = (a: Session, b: Session): number =>
  rank(a) - rank(b) || numerically.compare(a.issue_ref ?? "", b.issue_ref ?? "")

const rank = (session: Session) => SessionType.literals.indexOf(session.type)
const numerically = new Intl.Collator("en", { numeric: true })
