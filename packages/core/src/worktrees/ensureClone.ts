import { Effect } from "effect"
import type { IssueRef } from "../domain/IssueRef.ts"
import { Servers } from "../Servers.ts"
import { Git } from "../system/Git.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { refsToAsk } from "./IssueBranch.ts"
import { remoteAt } from "./remoteAt.ts"
import { findClone, lockClone, syncClone } from "./SharedClone.ts"

/** The shared clone of an issue's repository: made where it is missing, its configuration mended, and up to date. */
export const ensureClone = Effect.fn("Worktrees.ensureClone")(function* (ref: IssueRef) {
  const home = yield* KugetsuHome
  const remote = yield* remoteAt(yield* (yield* Servers).cloneUrl(ref))
  const told = yield* (yield* Git).listRemote(remote, refsToAsk(ref))
  const clone = yield* findClone(home, ref.repositoryKey)
  yield* lockClone(home, clone)
  return yield* syncClone(clone, remote, told)
}, Effect.scoped)
