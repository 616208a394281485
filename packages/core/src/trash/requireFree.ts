import { Effect, Option, Result } from "effect"
import * as fs from "node:fs"
import { belongsTo } from "../domain/Session.ts"
import { parseIssueRef } from "../domain/IssueRef.ts"
import { type Receipt, subjectOf, type TrashMove } from "../domain/Receipt.ts"
import { sessionFiles } from "../SessionFiles.ts"
import { attempt, exists } from "../system/Files.ts"
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

/** Refuses when anything would come back to where something else is by now; an empty directory is nothing. */
export const requireFree = Effect.fn("Trash.requireFree")(function* (home: KugetsuPaths, receipt: Receipt) {
  const there: Array<TrashMove> = []
  for (const move of receipt.moves) {
    if (!(yield* isEmptyDirectory(move.from)) && Option.isSome(yield* inspectFile(move.from))) there.push(move)
  }
  const taken = there.map(({ from, what }) => `${fate[what]} (${from})`)
  const other = yield* otherSession(home, receipt)
  if (other !== null && taken.length === 0) taken.push(`${fate.session} (${home.sessionFile(`${other}.json`)})`)
  const branches = yield* takenBranches(receipt)
  taken.push(...branches.map(({ reason }) => reason))
  if (taken.length === 0) return
  const isTracked = other !== null || there.some(({ what }) => what === "session")
  return yield* new PlaceTaken({
    wanted: subjectOf(receipt),
    taken,
    remedy: `Nothing was changed. Move away what is there now, for example with ${wayOut(receipt, { branches, there, isTracked })}, then: kugetsu restore ${receipt.id}`,
  })
})

/** The command that moves away one of the things that are in the way. */
const wayOut = (
  receipt: Receipt,
  {
    branches,
    isTracked,
    there,
  }: {
    readonly branches: ReadonlyArray<{ readonly name: string }>
    readonly there: ReadonlyArray<TrashMove>
    readonly isTracked: boolean
  },
): string => {
  if (branches[0]) return `git --git-dir='${receipt.clone}' branch -m '${branches[0].name}' OTHER-NAME`
  const [first] = there
  // of what no session owns, destroy knows nothing
  if (first !== undefined && !isTracked) {
    if (first.what === "admin" && there.some(({ what }) => what === "worktree")) return "kugetsu prune --force"
    return first.what === "admin"
      ? `git --git-dir='${receipt.clone}' worktree prune`
      : `mv '${first.from}' '${first.from}.old'`
  }
  if (receipt.issue_ref === null && receipt.name === "base") return "kugetsu destroy --base"
  if (receipt.issue_ref === null && receipt.name === "pm-agent") return "kugetsu destroy --pm-agent"
  return `kugetsu destroy '${subjectOf(receipt)}'`
}

/** What is to come back there could not be told from it on its way. */
export const removeEmptyPlaces = ({ moves }: Receipt) =>
  Effect.forEach(
    moves,
    ({ from }) =>
      Effect.flatMap(isEmptyDirectory(from), (isEmpty) =>
        isEmpty ? attempt("remove", from, () => fs.rmdirSync(from)) : Effect.void,
      ),
    { discard: true },
  )

const isEmptyDirectory = (place: string) =>
  attempt("look at", place, () => {
    const stat = fs.lstatSync(place, { throwIfNoEntry: false })
    return stat?.isDirectory() === true && fs.readdirSync(place).length === 0
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
