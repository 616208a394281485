import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { type Mismatch, sentenceOf } from "@kugetsu/core/domain/Isolation"
import { type IssueRef, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QuarantinedSession } from "@kugetsu/core/domain/QuarantinedSession"
import type { RunExit } from "@kugetsu/core/domain/Run"
import type { Session } from "@kugetsu/core/domain/Session"
import { type News, Notifications } from "@kugetsu/core/Notifications"
import { quarantinedSessions } from "@kugetsu/core/quarantinedSessions"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { tellTrouble } from "./trouble.ts"

interface Inhabited {
  readonly place: Pick<AgentPlace, "name" | "title" | "directory">
  readonly session: string
  readonly issue: { readonly ref: IssueRef } | null
}

/** Takes a session out of use for good, and tells of it. The next turn of the issue gets another. */
export const quarantine = Effect.fn("quarantine")(function* (
  inhabited: Inhabited,
  mismatches: ReadonlyArray<Mismatch>,
) {
  yield* (yield* Agent).quarantine(inhabited.place, inhabited.session, mismatches)
  yield* noteQuarantined(inhabited)
})

/**
 * What a run's outcome says of its session is done, and what was begun of any quarantine there is ended: whoever did it
 * may have died. Safe to repeat. The caller holds the issue's lock.
 */
export const quarantineLeft = Effect.fn("quarantine.left")(function* (exit: RunExit) {
  const { issue_ref, misplaced = [], session_id: session, worktree_path: directory } = exit
  const ref = issue_ref === null ? null : yield* Effect.fromResult(parseIssueRef(issue_ref))
  const tracked = yield* trackedAt(ref)
  if (tracked === null) return
  yield* (yield* Agent).finishQuarantine(tracked.name)
  if (misplaced.length === 0 || session === null || directory === null) return
  if (tracked.session.opencode_session_id !== session) return
  const place = { name: tracked.name, title: issue_ref ?? tracked.name, directory }
  const inhabited: Inhabited = { place, session, issue: ref === null ? null : { ref } }
  const there = yield* quarantinedSessions(yield* KugetsuHome).of(tracked.name)
  yield* there.some((record) => record.session === session)
    ? noteQuarantined(inhabited)
    : quarantine(inhabited, misplaced)
})

const trackedAt = Effect.fnUntraced(function* (ref: IssueRef | null) {
  const sessions = yield* Sessions
  if (ref !== null) return Option.getOrNull(yield* sessions.find(ref))
  const pm = yield* sessions.pm
  return Option.isNone(pm) ? null : { name: "pm-agent", session: pm.value }
})

/** Its record names the session no more, and people are told. */
const noteQuarantined = Effect.fnUntraced(function* ({ issue, place, session }: Inhabited) {
  const sessions = yield* Sessions
  const without = (record: Session): Session =>
    record.opencode_session_id === session ? { ...record, opencode_session_id: null } : record
  if (issue !== null) yield* Effect.catchTag(sessions.amend(issue.ref, without), "NotTracked", () => Effect.void)
  else {
    const record = yield* sessions.pm
    if (place.name === "pm-agent" && Option.isSome(record)) yield* sessions.put("pm-agent", without(record.value))
  }
  yield* tellQuarantined(place.name, issue?.ref.toString() ?? null)
})

/** Tells of the sessions of that name in the quarantine that nobody was told of: whoever put one there may have died. */
export const tellQuarantined = Effect.fn("quarantine.tell")(
  function* (name: string, issueRef: string | null) {
    const home = yield* KugetsuHome
    const records = quarantinedSessions(home)
    for (const record of yield* records.of(name)) {
      if (record.reported) continue
      yield* (yield* Notifications).tell(newsOf(record, home.quarantined(record.id).dir, issueRef))
      yield* records.write({ ...record, reported: true })
    }
  },
  (told, name) =>
    Effect.catch(told, ({ message }) =>
      tellTrouble(`quarantine of ${name}`, `the quarantine could not be told of: ${message}`),
    ),
)

const newsOf = (record: QuarantinedSession, place: string, issueRef: string | null): News => ({
  type: "session_quarantined",
  about: record.id,
  message: [
    `${record.session ?? "what was kept for it"} is out of use for good, since it was not where it belongs`,
    ...record.mismatches.map(sentenceOf),
    `it is kept in ${place}`,
    record.carried_over
      ? "a new session goes on from a copy of the issue's own conversation"
      : "a new session begins without its conversation",
  ].join("; "),
  issueRef,
  url: null,
})
