import { Effect, Option, Result } from "effect"
import type { RunId } from "../domain/Run.ts"
import { parseIssueRef } from "../domain/IssueRef.ts"
import { Runs } from "../Runs.ts"
import { Sessions } from "../Sessions.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"

/** The records of a run whose issue has no session any more. */
export interface OrphanedRun {
  readonly kind: "run"
  readonly name: RunId
  /** Absolute. */
  readonly path: string
  readonly issueRef: string
  /** It came to an outcome. */
  readonly hasEnded: boolean
}

export const orphanedRuns = Effect.fn("removal.orphanedRuns")(function* () {
  const home = yield* KugetsuHome
  const sessions = yield* Sessions
  const found: Array<OrphanedRun> = []
  for (const { exit, request } of (yield* (yield* Runs).survey).runs) {
    if (request.issue_ref === null) continue
    const ref = Result.getOrNull(parseIssueRef(request.issue_ref))
    if (ref !== null && Option.isSome(yield* sessions.find(ref))) continue
    const { dir } = home.run(request.run)
    found.push({ kind: "run", name: request.run, path: dir, issueRef: request.issue_ref, hasEnded: exit !== null })
  }
  return found
})
