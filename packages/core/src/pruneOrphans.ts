import { Effect, Option } from "effect"
import type { Failure } from "./domain/Failure.ts"
import { judgeRemoval } from "./domain/judgeRemoval.ts"
import { known, type RefusalReason, type RemovalFacts } from "./domain/Removal.ts"
import type { Receipt } from "./domain/Receipt.ts"
import { Launcher } from "./Launcher.ts"
import { gatherCloneFacts, gatherFacts, nothingLearnt } from "./removal/gatherFacts.ts"
import { isInUse, type OrphanedClone, orphanedClones } from "./removal/orphanedClones.ts"
import { type OrphanedName, orphanedNames } from "./removal/orphanedNames.ts"
import { type OrphanedRun, orphanedRuns } from "./removal/orphanedRuns.ts"
import { Sessions } from "./Sessions.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { processesInside } from "./system/ProcessesInside.ts"
import { Trash } from "./Trash.ts"
import { lockClone } from "./worktrees/SharedClone.ts"

export type Orphan = OrphanedName | OrphanedClone | OrphanedRun

/** What belongs to no session. On the way, a session that the index lacks is put into it. */
export const findOrphans = Effect.fn("findOrphans")(function* () {
  return [...(yield* orphanedNames()), ...(yield* orphanedRuns()), ...(yield* orphanedClones())]
})

export type Pruned =
  | { readonly _tag: "Removed"; readonly receipt: Receipt }
  | { readonly _tag: "Refused"; readonly reasons: ReadonlyArray<RefusalReason> }
  /** It is gone, or somebody's again. */
  | { readonly _tag: "NoOrphan" }
  /** It could not be looked at or moved now, and stays. */
  | { readonly _tag: "Failed"; readonly failure: Failure }

const noOrphan: Pruned = { _tag: "NoOrphan" }

/** Takes an orphan to the trash, after the verdict that counts for everything. One that fails says nothing of others. */
export const pruneOrphan = Effect.fn("pruneOrphan")(
  function* (orphan: Orphan) {
    switch (orphan.kind) {
      case "issue":
        return yield* pruneName(orphan)
      case "clone":
        return yield* pruneClone(orphan)
      case "run":
        return yield* pruneRun(orphan)
    }
  },
  Effect.catch((failure: Failure) => Effect.succeed<Pruned>({ _tag: "Failed", failure })),
)

const pruneName = Effect.fnUntraced(function* (orphan: OrphanedName) {
  const { branch, name, ref, worktree } = orphan
  if (ref !== null) {
    const settled = yield* (yield* Launcher).hold(ref)
    // an earlier one was cut off, and has come to its end now
    const receipt = settled.find((each) => each.name === name && each.state === "done")
    if (receipt !== undefined) return { _tag: "Removed", receipt } satisfies Pruned
    if (Option.isSome(yield* (yield* Sessions).find(ref))) return noOrphan
  }
  return yield* discardAfter(factsOf(orphan), { ref, name, worktree, branch })
}, Effect.scoped)

const factsOf = Effect.fnUntraced(function* ({ branch, name, ref, worktree }: OrphanedName) {
  if (worktree === null) {
    const { inside } = yield* processesInside((yield* KugetsuHome).agent(name).dir)
    return nothingButProcesses(inside)
  }
  if (ref === null) {
    const why = `whose ${worktree} was cannot be told`
    const { inside } = yield* processesInside(worktree)
    return {
      ...nothingLearnt({ why, remedy: "Look into it, and move it away by hand." }),
      agent: known([]),
      others: known([]),
      processes: known(inside),
    }
  }
  return yield* gatherFacts({ ref, worktree, handedOut: true, branch, pullRequest: null, runs: [] })
})

/** A database or a context, which no git has to do with. */
const nothingButProcesses = (inside: ReadonlyArray<string>): RemovalFacts => ({
  agent: known([]),
  others: known([]),
  processes: known(inside),
  changes: known([]),
  hidden: known([]),
  unfinished: known([]),
  locked: known([]),
  submodules: known([]),
  stashes: known([]),
  commits: known({ where: "base", detail: "it has no worktree" }),
  pullRequest: known({ state: "not_needed", detail: "no session owns it" }),
})

const pruneClone = Effect.fnUntraced(function* ({ name, path, ref }: OrphanedClone) {
  const verdict = judgeRemoval(yield* gatherCloneFacts(ref, path), { force: false })
  if (verdict._tag === "Refused") return verdict
  // looking takes this lock, too
  yield* lockClone(yield* KugetsuHome, path)
  if (yield* isInUse(path)) return noOrphan
  return yield* discard({ ref: null, name, worktree: path, branch: null }, verdict)
}, Effect.scoped)

const pruneRun = Effect.fnUntraced(function* ({ hasEnded, name, path }: OrphanedRun) {
  const unsettled = hasEnded ? [] : ["it has no outcome yet"]
  const facts = { ...nothingButProcesses((yield* processesInside(path)).inside), agent: known(unsettled) }
  return yield* discardAfter(Effect.succeed(facts), { ref: null, name, worktree: path, branch: null })
})

type Gone = Pick<OrphanedName, "ref" | "worktree" | "branch"> & { readonly name: string }

/** The facts are learnt again right before the move. */
const discardAfter = Effect.fnUntraced(function* <E, R>(facts: Effect.Effect<RemovalFacts, E, R>, what: Gone) {
  const judge = Effect.map(facts, (learnt) => judgeRemoval(learnt, { force: false }))
  const first = yield* judge
  if (first._tag === "Refused") return first
  const verdict = yield* judge
  return verdict._tag === "Refused" ? verdict : yield* discard(what, verdict)
})

const discard = (
  what: Gone,
  { evidence, saved }: { readonly evidence: ReadonlyArray<string>; readonly saved: boolean },
) =>
  Trash.use((trash) =>
    Effect.map(trash.discard({ ...what, because: "prune", forced: false, evidence, saved }), (receipt): Pruned => ({
      _tag: "Removed",
      receipt,
    })),
  )
