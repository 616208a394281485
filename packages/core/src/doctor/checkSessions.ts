import { Effect } from "effect"
import { lockNameOf } from "../domain/IssueRef.ts"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import { refOf, type TrackedSession } from "../domain/Session.ts"
import { Launcher } from "../Launcher.ts"
import { Sessions } from "../Sessions.ts"
import { sessionFiles } from "../SessionFiles.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { isHeld } from "../system/Lock.ts"
import { treat, type Treatment, withFix } from "./Treatment.ts"

/** The session files, read without changing anything, the index included. */
export const surveySessions = Effect.flatMap(KugetsuHome, (home) => sessionFiles(home).readAll)

/** Whether an agent or another command is at work on the issue of a session. */
export const isBusy = Effect.fnUntraced(function* ({ name, session }: TrackedSession) {
  const ref = refOf(session)
  const home = yield* KugetsuHome
  return yield* isHeld(home.issueLock(ref === null ? (name === "base" ? "pm-agent" : name) : lockNameOf(ref)))
})

/** Each record by itself, and whether what it says can be so. */
export const checkSessions = Effect.fn("checkSessions")(function* (treatment: Treatment) {
  const home = yield* KugetsuHome
  const { sessions, unreadable } = yield* surveySessions
  const findings: Array<Finding> = unreadable.map(({ path, reason }) =>
    problem(path, reason, "Mend the file by hand, or move it away; nothing is done on its issue until then."),
  )
  const owners = new Map<string, string>()
  for (const tracked of sessions) {
    const file = home.sessionFile(`${tracked.name}.json`)
    const ref = refOf(tracked.session)
    if (tracked.session.type !== "forked") continue
    if (ref === null) {
      const found = `${JSON.stringify(tracked.session.issue_ref)} is no issue that can be worked on`
      findings.push(warning(file, found, "Correct issue_ref in it to host/owner/repo#14, or move the file away."))
      continue
    }
    const other = owners.get(lockNameOf(ref))
    if (other !== undefined) {
      findings.push(problem(file, `${other} is a record of the same issue`, "Move the one away that is wrong."))
    }
    owners.set(lockNameOf(ref), file)
    if (tracked.session.state === "active" && !(yield* isBusy(tracked))) {
      findings.push(yield* settleActive(treatment, tracked))
    }
  }
  return findings.length === 0 && sessions.length > 0
    ? [well(home.sessions, `${sessions.length} records are understood`)]
    : findings
})

const settleActive = Effect.fnUntraced(function* (treatment: Treatment, { session }: TrackedSession) {
  const ref = refOf(session)
  const settle = Effect.gen(function* () {
    if (ref === null) return ""
    // ends and records what its last run left
    yield* (yield* Launcher).hold(ref)
    yield* (yield* Sessions).amend(ref, (now) => (now.state === "active" ? { ...now, state: "idle" } : now))
    return "its last run was settled"
  }).pipe(Effect.scoped)
  const ailment = { subject: session.issue_ref ?? "", found: "it is called active, and nobody is at work on it" }
  return yield* treat(treatment, { ...ailment, remedy: withFix("settles its last run") }, settle)
})
