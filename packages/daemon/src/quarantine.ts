import { Agent } from "@kugetsu/core/Agent"
import { type Mismatch, sentenceOf } from "@kugetsu/core/domain/Isolation"
import type { QuarantinedSession } from "@kugetsu/core/domain/QuarantinedSession"
import type { Session } from "@kugetsu/core/domain/Session"
import { type News, Notifications } from "@kugetsu/core/Notifications"
import { quarantinedSessions } from "@kugetsu/core/quarantinedSessions"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { tellTrouble } from "./trouble.ts"
import type { IssueWorkplace, Workplace } from "./Workplace.ts"

type Inhabited = Pick<Workplace, "place" | "session"> & { readonly issue: Pick<IssueWorkplace, "ref"> | null }

/** Takes a session out of use for good, and tells of it. The next turn of the issue gets another. */
export const quarantine = Effect.fn("quarantine")(function* (
  { issue, place, session }: Inhabited,
  mismatches: ReadonlyArray<Mismatch>,
) {
  yield* (yield* Agent).quarantine(place, session, mismatches)
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
