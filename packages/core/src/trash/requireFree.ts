import { Effect, Option, Result } from "effect"
import { belongsTo } from "../domain/Session.ts"
import { parseIssueRef } from "../domain/IssueRef.ts"
import { type Receipt, subjectOf } from "../domain/Receipt.ts"
import { sessionFiles } from "../SessionFiles.ts"
import { exists } from "../system/Files.ts"
import { inspectFile } from "../system/FileSteps.ts"
import { Git } from "../system/Git.ts"
import { branchRef } from "../system/GitRescue.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { PlaceTaken } from "./PlaceTaken.ts"
import { branchesUsedBesides } from "./WorktreeAdmin.ts"

const fate = {
  admin: "git has a worktree of that name again",
  worktree: "there is a worktree again",
  agent: "there is a conversation again",
  context: "there is a context again",
  session: "there is a session again",
}

/** Refuses when anything would come back to where something else is by now. */
export const requireFree = Effect.fn("Trash.requireFree")(function* (home: KugetsuPaths, receipt: Receipt) {
  const taken: Array<string> = []
  for (const { from, what } of receipt.moves) {
    if (Option.isSome(yield* inspectFile(from))) taken.push(`${fate[what]} (${from})`)
  }
  const other = yield* otherSession(home, receipt)
  if (other !== null && taken.length === 0) taken.push(`${fate.session} (${home.sessionFile(`${other}.json`)})`)
  const branches = yield* takenBranches(receipt)
  taken.push(...branches.map(({ reason }) => reason))
  if (taken.length === 0) return
  const subject = subjectOf(receipt)
  const rename = branches[0] && `git --git-dir='${receipt.clone}' branch -m '${branches[0].name}' OTHER-NAME`
  const way = rename ?? `kugetsu destroy '${subject}'`
  return yield* new PlaceTaken({
    wanted: subject,
    taken,
    remedy: `Nothing was changed. Move away what is there now, for example with ${way}, then: kugetsu restore ${receipt.id}`,
  })
})

const otherSession = Effect.fnUntraced(function* (home: KugetsuPaths, { issue_ref }: Receipt) {
  const ref = issue_ref === null ? null : Result.getOrElse(parseIssueRef(issue_ref), () => null)
  if (ref === null) return null
  const { sessions } = yield* sessionFiles(home).readAll
  return sessions.find(({ session }) => belongsTo(session, ref))?.name ?? null
})

/** The issue's own branch must be free; another one that was checked out may be where it was. */
const takenBranches = Effect.fnUntraced(function* ({ branch, clone, head }: Receipt) {
  if (clone === null || !(yield* exists(clone))) return []
  const there = yield* (yield* Git).refs(clone, ["refs/heads/"])
  const used = yield* branchesUsedBesides(clone, null)
  const taken: Array<{ readonly name: string; readonly reason: string }> = []
  if (branch?.removed && there.has(branchRef(branch.name))) {
    taken.push({ name: branch.name, reason: `there is a branch ${branch.name} again` })
  }
  const name = head?.branch ?? null
  const now = name === null ? undefined : there.get(branchRef(name))
  if (name === null || now === undefined || (branch?.removed && name === branch.name)) return taken
  if (now !== head?.sha) taken.push({ name, reason: `${name} has moved from ${head?.sha ?? "nothing"} to ${now}` })
  else if (used.has(name) && name !== branch?.name) taken.push({ name, reason: `${name} is checked out elsewhere` })
  return taken
})
