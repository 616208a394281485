import { Effect } from "effect"
import { type Fact, known, type Obstacles, type RemovalFacts, unknown } from "../domain/Removal.ts"
import type { GitAccess } from "../GitAccess.ts"
import type { PullRequests } from "../PullRequests.ts"
import { Servers } from "../Servers.ts"
import type { Sessions } from "../Sessions.ts"
import type { Settings } from "../Settings.ts"
import type { Git } from "../system/Git.ts"
import type { KugetsuHome } from "../system/KugetsuHome.ts"
import { type ProcessesInside, processesInside } from "../system/ProcessesInside.ts"
import { carriersOf, variableOf } from "../system/ProcessTable.ts"
import { protocolsFor } from "../worktrees/fetchSubmodules.ts"
import { commitFacts } from "./commitFacts.ts"
import { learn } from "./learn.ts"
import { otherSessionsAt } from "./otherSessionsAt.ts"
import { type RemovalSite, type RemovalSubject, stashOwners, surveySite } from "./RemovalSite.ts"
import { stashesOf } from "./stashesOf.ts"
import { submoduleObstacles } from "./submoduleObstacles.ts"
import { changesIn, hiddenChangesIn, lockOn, stagedIn, unfinishedIn } from "./treeObstacles.ts"

export type FactNeeds = Git | GitAccess | KugetsuHome | PullRequests | Servers | Sessions | Settings

/** Everything that decides whether a worktree may go, as it is now. The caller holds the lock. */
export const gatherFacts = Effect.fn("removal.gatherFacts")(function* (
  subject: RemovalSubject,
): Effect.fn.Return<RemovalFacts, never, FactNeeds> {
  const inside = yield* learn(processesInside(subject.worktree))
  const users = {
    agent: agentsOf(subject.runs, inside),
    others: yield* learn(otherSessionsAt(subject)),
    processes: processesIn(inside),
  }
  const site = yield* learn(surveySite(subject))
  if (site._tag === "Unknown") return { ...nothingLearnt(site), ...users }
  return { ...(yield* factsAt(subject, site.value)), ...users }
})

/** The same of a shared clone that nothing hangs off: every branch and stash of it counts, and no pull request. */
export const gatherCloneFacts = Effect.fn("removal.gatherCloneFacts")(function* (
  ref: RemovalSubject["ref"],
  clone: string,
): Effect.fn.Return<RemovalFacts, never, FactNeeds> {
  const subject = { ref, worktree: clone, handedOut: true, branch: null, pullRequest: null, runs: [] }
  const site = {
    tree: null,
    gitDirectory: null,
    repository: clone,
    shared: true,
    head: null,
    branches: new Set<string>(),
  }
  const facts = yield* factsAt(subject, { ...site, isWhole: true })
  const detail = "a clone waits for no pull request"
  const inside = yield* learn(processesInside(clone))
  return {
    ...facts,
    agent: agentsOf([], inside),
    others: known([]),
    processes: processesIn(inside),
    pullRequest: known({ state: "not_asked", detail }),
  }
})

const factsAt = Effect.fnUntraced(function* (subject: RemovalSubject, site: RemovalSite) {
  const url = yield* learn((yield* Servers).cloneUrl(subject.ref))
  if (url._tag === "Unknown") return nothingLearnt(url)
  // first, for it also takes out of the clone's configuration what could lead the others astray
  const commits = yield* commitFacts(subject, site, url.value)
  return { ...(yield* treeFacts(site, url.value)), ...commits }
})

type OtherFacts = Omit<RemovalFacts, "agent" | "others" | "processes">

/** One reason for all of it, but for who is at work in it. */
export const nothingLearnt = ({ remedy, why }: { readonly why: string; readonly remedy: string }): OtherFacts => {
  const fact = unknown(why, remedy)
  return {
    changes: fact,
    hidden: fact,
    unfinished: fact,
    locked: fact,
    submodules: fact,
    stashes: fact,
    commits: fact,
    pullRequest: fact,
  }
}

/** Whoever carries the token of a run is an agent of that run, or works for one: also where it is not this issue's. */
const agentsOf = (runs: ReadonlyArray<string>, inside: Fact<ProcessesInside>): Obstacles => {
  if (inside._tag === "Unknown") return inside
  const own = runs.flatMap((run) => carriersOf("KUGETSU_RUN", run).map((pid) => ({ pid, run })))
  const guests = inside.value.pids.flatMap((pid) => {
    const run = variableOf(pid, "KUGETSU_RUN")
    return run === null ? [] : [{ pid, run }]
  })
  return known([...new Set([...own, ...guests].map(({ pid, run }) => `process ${pid} of run ${run}`))])
}

const processesIn = (found: Fact<ProcessesInside>): Obstacles => {
  if (found._tag === "Unknown") return found
  const { inside, unreadable } = found.value
  return known(inside, unreadable.length === 0 ? undefined : `not to be looked into: ${unreadable.join(", ")}`)
}

const nothing: Effect.Effect<ReadonlyArray<string>> = Effect.succeed([])

const treeFacts = Effect.fnUntraced(function* (site: RemovalSite, url: string) {
  const { gitDirectory, isWhole, repository, shared, tree } = site
  const stashes = Effect.gen(function* () {
    if (repository === null) return []
    const { others, own } = yield* stashOwners(site)
    return yield* stashesOf(repository, own, isWhole ? [] : others)
  })
  const ofGit = <E, R>(look: (gitDirectory: string) => Effect.Effect<ReadonlyArray<string>, E, R>) =>
    gitDirectory === null ? nothing : look(gitDirectory)
  return {
    changes: yield* learn(tree === null ? ofGit(stagedIn) : changesIn(tree, { shared })),
    hidden: yield* learn(tree === null ? nothing : hiddenChangesIn(tree)),
    unfinished: yield* learn(ofGit(unfinishedIn)),
    locked: yield* learn(ofGit(lockOn)),
    submodules: yield* learn(ofGit((directory) => submoduleObstacles(tree, directory, protocolsFor(url)))),
    stashes: yield* learn(stashes),
  }
})
