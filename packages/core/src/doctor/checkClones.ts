import { Effect, Option } from "effect"
import * as path from "node:path"
import { readCloneUrl, sameRepository } from "../domain/CloneUrl.ts"
import { type Finding, problem, well } from "../domain/Finding.ts"
import type { IssueRef } from "../domain/IssueRef.ts"
import { withoutSecrets } from "../domain/Secret.ts"
import { refOf } from "../domain/Session.ts"
import { Servers } from "../Servers.ts"
import { recordedValue, strayKeys } from "../system/CloneConfig.ts"
import { exists } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { linkOf } from "../system/GitCommand.ts"
import { abandonedLocks, removeOrphanedLocks } from "../system/GitLocks.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { ensureClone } from "../worktrees/ensureClone.ts"
import { CloneUrlChanged, findClone, lockClone } from "../worktrees/SharedClone.ts"
import { surveySessions } from "./checkSessions.ts"
import { looking, treat, type Treatment, withFix } from "./Treatment.ts"

/** The shared clones that worktrees hang off. */
export const checkClones = Effect.fn("checkClones")(function* (treatment: Treatment) {
  const home = yield* KugetsuHome
  const { sessions } = yield* surveySessions
  const needed = new Map<string, IssueRef>()
  for (const { session } of sessions) {
    const ref = refOf(session)
    if (ref === null || session.worktree_path === null) continue
    const clone = yield* findClone(home, ref.repositoryKey)
    // a worktree that is a repository of its own needs none
    const hangsOff = Option.exists(linkOf(session.worktree_path), (admin) => admin.startsWith(`${clone}/`))
    if (hangsOff || (yield* exists(clone))) needed.set(clone, ref)
  }
  const findings: Array<Finding> = []
  for (const [clone, ref] of needed) findings.push(...(yield* looking(clone, checkOne(treatment, clone, ref))))
  return findings
})

const checkOne = Effect.fnUntraced(function* (treatment: Treatment, clone: string, ref: IssueRef) {
  if (!(yield* exists(path.join(clone, "HEAD")))) {
    const isThere = yield* exists(clone)
    if (isThere) return [problem(clone, "it is no repository", "Move it away; kugetsu doctor --fix then clones anew.")]
    const remedy = withFix("clones it again; commits that were never pushed are lost with it")
    return [
      yield* treat(
        treatment,
        { subject: clone, found: "it is gone", remedy },
        Effect.as(ensureClone(ref), "it was cloned again"),
      ),
    ]
  }
  const home = yield* KugetsuHome
  const findings: Array<Finding> = []
  const entries = yield* (yield* Git).config({ repository: clone })
  const [recorded, configured] = [
    recordedValue(entries, "remote.origin.url"),
    yield* (yield* Servers).cloneUrl(ref),
  ] as const
  if (recorded !== null && !sameRepository(readCloneUrl(recorded), readCloneUrl(configured))) {
    const [before, now] = [withoutSecrets(recorded), withoutSecrets(configured)]
    const { message, remedy } = new CloneUrlChanged({ clone, recorded: before, configured: now })
    findings.push(problem(clone, message, remedy))
  }
  const stray = yield* strayKeys(clone, entries)
  if (stray.length > 0) {
    const found = `its configuration is not as it should be: ${stray.slice(0, 10).join(", ")}`
    const ailment = { subject: clone, found, remedy: withFix("corrects it; so does the next start") }
    findings.push(yield* treat(treatment, ailment, Effect.as(ensureClone(ref), "it was corrected")))
  }
  const locks = yield* abandonedLocks(clone)
  if (locks.length > 0) {
    const found = `a git that died left ${locks.map((file) => path.relative(clone, file)).join(", ")}`
    const remove = Effect.scoped(Effect.andThen(lockClone(home, clone, 0), removeOrphanedLocks(clone)))
    const ailment = { subject: clone, found, remedy: withFix("removes what nobody uses") }
    findings.push(yield* treat(treatment, ailment, Effect.as(remove, "what nobody uses was removed")))
  }
  return findings.length === 0 ? [well(clone, "it is there, and configured as it should be")] : findings
})
