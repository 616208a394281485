import { Effect, Option } from "effect"
import * as path from "node:path"
import { commitsSeen } from "../commitsSeen.ts"
import type { IssueRef } from "../domain/IssueRef.ts"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import { refOf, type TrackedSession } from "../domain/Session.ts"
import { Launcher } from "../Launcher.ts"
import { requireTracked } from "../requireTracked.ts"
import { Sessions } from "../Sessions.ts"
import { exists } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { linkOf } from "../system/GitCommand.ts"
import { locksOf } from "../system/GitLocks.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { headIn } from "../trash/WorktreeAdmin.ts"
import { placeOf } from "../worktrees/placeOf.ts"
import { Worktrees } from "../Worktrees.ts"
import { isBusy, surveySessions } from "./checkSessions.ts"
import { looking, treat, type Treatment, withFix } from "./Treatment.ts"

/** The worktrees that sessions were given: there, joined to their clone, on their branch. */
export const checkWorktrees = Effect.fn("checkWorktrees")(function* (treatment: Treatment) {
  const { sessions } = yield* surveySessions
  const findings: Array<Finding> = []
  for (const tracked of sessions) {
    const { worktree_path } = tracked.session
    const ref = refOf(tracked.session)
    if (worktree_path === null || ref === null) continue
    findings.push(...(yield* looking(worktree_path, checkOne(treatment, tracked, ref, worktree_path))))
  }
  return findings
})

const checkOne = Effect.fnUntraced(function* (
  treatment: Treatment,
  tracked: TrackedSession,
  ref: IssueRef,
  recorded: string,
) {
  const worktree = yield* placeOf(yield* KugetsuHome, tracked.name, recorded)
  if (yield* isBusy(tracked)) return [well(worktree, "an agent is at work in it")]
  const found = yield* faultOf(worktree)
  if (found !== null) {
    const ailment = {
      subject: worktree,
      found,
      remedy: withFix(`makes it whole, as kugetsu continue ${tracked.session.issue_ref} does`),
    }
    return [yield* treat(treatment, ailment, makeWhole(ref))]
  }
  const head = Option.getOrNull(yield* (yield* Git).head(worktree))
  const expected = tracked.session.branch_name
  if (head !== null && head.branch === null) {
    const remedy = `kugetsu continue ${tracked.session.issue_ref} leaves it to the agent; kugetsu start ${tracked.session.issue_ref} --fresh begins anew.`
    return [warning(worktree, "it stands on no branch: a rebase or the like was cut off", remedy)]
  }
  if (head !== null && expected !== null && head.branch !== expected) {
    const remedy = `Save what is on ${head.branch}, then run: git -C '${worktree}' switch ${expected}`
    return [problem(worktree, `it stands on branch ${head.branch}, not on the issue's ${expected}`, remedy)]
  }
  return [well(worktree, `it is there, on ${head?.branch ?? expected ?? "its branch"}`)]
})

/** What `Worktrees.ensure` can mend; null: nothing. */
const faultOf = Effect.fnUntraced(function* (worktree: string) {
  if (!(yield* exists(worktree))) return "it is gone"
  if (!(yield* exists(path.join(worktree, ".git")))) return "its .git file is gone"
  const admin = Option.getOrNull(linkOf(worktree))
  if (admin === null) return null // a repository of its own
  if (!(yield* exists(path.join(admin, "HEAD")))) return "what git knew of it is gone from the clone"
  const locks = yield* locksOf(admin)
  if (locks.length > 0) return `a git that died left ${locks.map((file) => path.basename(file)).join(", ")}`
  if (Option.isSome(yield* (yield* Git).head(worktree))) return null
  return `its branch ${(yield* headIn(admin)).branch ?? "(none)"} is gone`
})

const makeWhole = (ref: IssueRef) =>
  Effect.gen(function* () {
    yield* (yield* Launcher).hold(ref)
    // as it is now: somebody may have destroyed the issue before it was held
    const { session } = yield* requireTracked(ref)
    const known = { path: session.worktree_path, branch: session.branch_name, seen: yield* commitsSeen(session) }
    const { branch, path: place, warnings } = yield* (yield* Worktrees).ensure(ref, known)
    yield* (yield* Sessions).amend(ref, (now) => ({ ...now, worktree_path: place, branch_name: branch }))
    return [`it is whole again, on ${branch}`, ...warnings].join("; ")
  }).pipe(Effect.scoped)
