import { Effect } from "effect"
import * as path from "node:path"
import type { Receipt } from "../domain/Receipt.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { ensureDirectory, readBytes, replaceFile } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { branchRef } from "../system/GitRescue.ts"
import { reflogFile } from "./WorktreeAdmin.ts"

/** The branch with its reflog, and the one that was checked out. One that is there is left as it is. */
export const restoreBranches = Effect.fn("Trash.restoreBranches")(function* (receipt: Receipt) {
  const { branch, clone, head } = receipt
  if (clone === null) return
  const git = yield* Git
  const there = yield* git.refs(clone, ["refs/heads/"])
  const checkedOut = head?.branch && head.sha ? [{ name: head.branch, sha: head.sha }] : []
  const wanted = new Map([...checkedOut, ...(branch === null ? [] : [branch])].map(({ name, sha }) => [name, sha]))
  for (const [name, sha] of wanted) {
    if (!there.has(branchRef(name))) yield* git.makeBranch(clone, { name, sha })
  }
  yield* crashPoint("trash.out.branch")
  if (branch?.removed && receipt.reflog !== null) yield* restoreReflog(clone, branch.name, receipt.reflog)
  yield* crashPoint("trash.out.reflog")
})

const restoreReflog = Effect.fnUntraced(function* (clone: string, branch: string, saved: string) {
  const file = reflogFile(clone, branchRef(branch))
  const [before, now] = [yield* readBytes(saved), yield* readBytes(file)]
  if (before === null || now?.subarray(0, before.length).equals(before)) return
  yield* ensureDirectory(path.dirname(file))
  yield* replaceFile(file, before)
})
