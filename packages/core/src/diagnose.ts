import { Cause, Effect } from "effect"
import type { Failure } from "./domain/Failure.ts"
import { type Finding, problem } from "./domain/Finding.ts"
import { checkClock } from "./doctor/checkClock.ts"
import { checkClones } from "./doctor/checkClones.ts"
import { checkConfig } from "./doctor/checkConfig.ts"
import { checkDatabases } from "./doctor/checkDatabases.ts"
import { checkDisk } from "./doctor/checkDisk.ts"
import { checkForges } from "./doctor/checkForges.ts"
import { checkGit } from "./doctor/checkGit.ts"
import { checkHome } from "./doctor/checkHome.ts"
import { checkIndex } from "./doctor/checkIndex.ts"
import { checkModes } from "./doctor/checkModes.ts"
import { checkOpencode } from "./doctor/checkOpencode.ts"
import { checkPermissions } from "./doctor/checkPermissions.ts"
import { checkQueue } from "./doctor/checkQueue.ts"
import { checkRuns } from "./doctor/checkRuns.ts"
import { checkSessions } from "./doctor/checkSessions.ts"
import { checkTrash } from "./doctor/checkTrash.ts"
import { checkWorktrees } from "./doctor/checkWorktrees.ts"
import type { Check, Treatment } from "./doctor/Treatment.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

export interface AreaFinding extends Finding {
  readonly area: string
}

/**
 * Looks at everything that kugetsu stands on. A check that fails is a finding of its own, and hides no other. `more`:
 * checks of what this package does not know, by area.
 */
export const diagnose = Effect.fn("diagnose")(function* <R>(
  treatment: Treatment,
  more: Readonly<Record<string, Check<R>>>,
) {
  const { root } = yield* KugetsuHome
  const findings: Array<AreaFinding> = []
  const examine = <R>(area: string, check: Check<R>) =>
    Effect.map(whatever(root, check(treatment)), (found) => {
      findings.push(...found.map((finding): AreaFinding => ({ area, ...finding })))
    })
  // in this order: what is repaired first is what the rest stands on
  yield* examine("home", checkHome)
  yield* examine("modes", checkModes)
  yield* examine("config", checkConfig)
  yield* examine("trash", checkTrash)
  yield* examine("runs", checkRuns)
  yield* examine("sessions", checkSessions)
  yield* examine("index", checkIndex)
  yield* examine("databases", checkDatabases)
  yield* examine("permissions", checkPermissions)
  yield* examine("clones", checkClones)
  yield* examine("worktrees", checkWorktrees)
  yield* examine("queue", checkQueue)
  for (const [area, check] of Object.entries(more)) yield* examine(area, check)
  yield* examine("git", checkGit)
  yield* examine("opencode", checkOpencode)
  yield* examine("forges", checkForges)
  yield* examine("disk", checkDisk)
  yield* examine("clock", checkClock)
  return findings
})

const whatever = <R>(subject: string, look: Effect.Effect<ReadonlyArray<Finding>, Failure, R>) =>
  look.pipe(
    Effect.catch(({ message, remedy }) => Effect.succeed([problem(subject, message, remedy)])),
    Effect.catchDefect((defect) =>
      Effect.as(Effect.logError(Cause.die(defect)), [
        problem(subject, `this could not be looked at: ${String(defect)}`, "Report it with what the line above says."),
      ]),
    ),
  )
