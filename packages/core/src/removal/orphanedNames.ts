import { Effect, Option, Result } from "effect"
import * as path from "node:path"
import { branchOf, hashedSlugOf, IssueRef, parseIssueRef, slugOf } from "../domain/IssueRef.ts"
import { identifierFault } from "../domain/IssueRefParts.ts"
import { Runs } from "../Runs.ts"
import { Sessions } from "../Sessions.ts"
import { exists, listDirectory } from "../system/Files.ts"
import { linkOf } from "../system/GitCommand.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { markOf } from "../worktrees/WorktreePlace.ts"
import { readHead } from "./readHead.ts"

/** What is kept under the name of an issue, and its session's file is gone. */
export interface OrphanedName {
  readonly kind: "issue"
  readonly name: string
  /** null: nothing tells whose it was. */
  readonly ref: IssueRef | null
  /** Absolute; null: there is no worktree. */
  readonly worktree: string | null
  readonly branch: string | null
  /** All there is of it, absolute. */
  readonly paths: ReadonlyArray<string>
}

/** Worktrees, databases and contexts that no session owns. Fails when a session cannot be read: it may be its. */
export const orphanedNames = Effect.fn("removal.orphanedNames")(function* () {
  const home = yield* KugetsuHome
  const sessions = yield* (yield* Sessions).list
  const tracked = new Set(["base", "pm-agent", ...sessions.map(({ name }) => name)])
  const taken = new Set(
    sessions.flatMap(({ session }) => (session.worktree_path === null ? [] : [path.resolve(session.worktree_path)])),
  )
  const worktrees = yield* listDirectory(home.worktrees)
  const agents = yield* listDirectory(home.agents)
  const contexts = (yield* listDirectory(path.dirname(home.context("x")))).flatMap((file) =>
    file.endsWith(".json") ? [file.slice(0, -".json".length)] : [],
  )
  const names = [...new Set([...worktrees, ...agents, ...contexts])].filter(
    (name) => !tracked.has(name) && !name.startsWith(".") && !taken.has(home.worktree(name)),
  )
  return yield* Effect.forEach(names, orphanOf)
})

const orphanOf = Effect.fnUntraced(function* (name: string) {
  const home = yield* KugetsuHome
  const [place, ...others] = [home.worktree(name), home.agent(name).dir, home.context(name)]
  const worktree = (yield* exists(place)) ? place : null
  const branch = worktree === null ? null : yield* branchIn(worktree)
  const ref = (yield* refInRuns(name, place)) ?? refInClone(home.repositories, name, place, branch)
  const rest = yield* Effect.filter(others, exists)
  return {
    kind: "issue",
    name,
    ref,
    worktree,
    branch,
    paths: worktree === null ? rest : [worktree, ...rest],
  } satisfies OrphanedName
})

/** The branch it was made for, else the one it stands on; null where neither can be told. */
const branchIn = Effect.fnUntraced(function* (worktree: string) {
  const admin = Option.getOrNull(linkOf(worktree))
  if (admin === null) return null
  const mark = yield* markOf(admin)
  if (mark !== null) return mark.branch
  const head = yield* Effect.catchTag(readHead(admin), "RecordUnreadable", () => Effect.succeed(null))
  return head?._tag === "Branch" ? head.branch : null
})

/** A run that worked there, or of an issue of that name, tells whose it was. */
const refInRuns = Effect.fnUntraced(function* (name: string, worktree: string) {
  for (const { request, started } of (yield* (yield* Runs).survey).runs) {
    const ref = request.issue_ref === null ? null : Result.getOrNull(parseIssueRef(request.issue_ref))
    if (ref !== null && (started?.worktree_path === worktree || isNamed(ref, name))) return ref
  }
  return null
})

const isNamed = (ref: IssueRef, name: string): boolean => [slugOf(ref), hashedSlugOf(ref)].includes(name)

/** The clone it hangs off tells the repository, its branch the issue. */
const refInClone = (repositories: string, name: string, worktree: string, branch: string | null): IssueRef | null => {
  const admin = Option.getOrNull(linkOf(worktree))
  const clone = admin === null ? "" : path.dirname(path.dirname(admin))
  if (branch === null || !clone.startsWith(`${repositories}/`) || !clone.endsWith(".git")) return null
  const key = path.relative(repositories, clone).slice(0, -".git".length)
  const identifiers = [/^fix\/issue-(\d+)(?:-\d+)?$/, /^fix\/(.+?)(?:@\d+)?$/].flatMap(
    (form) => form.exec(branch)?.[1] ?? [],
  )
  for (const identifier of identifiers.filter((text) => identifierFault(text) === undefined)) {
    const ref = Result.getOrNull(parseIssueRef(`${key}#${identifier}`))
    if (ref !== null && branch.startsWith(branchOf(ref)) && slugOf(ref).toLowerCase() === name.toLowerCase()) return ref
  }
  return null
}
