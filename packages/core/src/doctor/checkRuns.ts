import { Effect, Result } from "effect"
import { lockNameOf, parseIssueRef } from "../domain/IssueRef.ts"
import { type Finding, problem, well } from "../domain/Finding.ts"
import { Launcher } from "../Launcher.ts"
import { type ListedRun, listRuns } from "../listRuns.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { isHeld } from "../system/Lock.ts"
import { treat, type Treatment, withFix } from "./Treatment.ts"

/** Runs whose records are broken, and runs that nobody looks after any more. */
export const checkRuns = Effect.fn("checkRuns")(function* (treatment: Treatment) {
  const home = yield* KugetsuHome
  const { runs, unreadable } = yield* listRuns
  const findings: Array<Finding> = unreadable.map(({ path, reason }) =>
    problem(path, reason, "Mend the file by hand, or move its run away; what came of it is not guessed."),
  )
  for (const run of runs) {
    if (run.phase !== "abandoned" && run.phase !== "requested") continue
    const ref = run.issue_ref === null ? null : Result.getOrNull(parseIssueRef(run.issue_ref))
    if (run.issue_ref !== null && ref === null) continue
    if (yield* isHeld(home.issueLock(ref === null ? "pm-agent" : lockNameOf(ref)))) continue
    findings.push(yield* settled(treatment, run, ref))
  }
  return findings.length === 0 && runs.length > 0
    ? [well(home.runs, `${runs.length} runs are accounted for`)]
    : findings
})

const settled = (treatment: Treatment, { run }: ListedRun, ref: Parameters<Launcher["Service"]["hold"]>[0]) =>
  treat(
    treatment,
    {
      subject: run,
      found: "its supervisor is gone, and it has no outcome yet",
      remedy: withFix("settles it, and so does the daemon"),
    },
    Effect.scoped(
      Effect.flatMap(Launcher, ({ hold }) => Effect.as(hold(ref), "what it left was ended, and its outcome recorded")),
    ),
  )
