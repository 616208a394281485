import { Effect, Schema } from "effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExitCode } from "../domain/Failure.ts"
import { Git } from "../system/Git.ts"
import type { GitError } from "../system/GitCommand.ts"

/** The worktree stands on a branch without a commit. */
export class HeadUnborn extends Schema.TaggedError<HeadUnborn>()("HeadUnborn", { path: Schema.String }) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.path} stands on a branch that has no commit`
  }
  get remedy() {
    return `Switch it back to the issue's branch with git -C '${this.path}' switch, after saving what is in it.`
  }
}

/** What git says of a worktree now. */
export interface WorktreeFacts {
  /** null: detached. */
  readonly branch: string | null
  readonly head: string
  /** A digest of the uncommitted state; equal digests, equal state. */
  readonly status: string
  readonly dirty: boolean
}

export const inspectTree = Effect.fn("Worktrees.inspect")(function* (
  worktree: string,
): Effect.fn.Return<WorktreeFacts, GitError | HeadUnborn, Git> {
  const { branch, head, entries } = yield* (yield* Git).status(worktree)
  if (head === null) return yield* new HeadUnborn({ path: worktree })
  const digest = createHash("sha256")
  for (const entry of entries) {
    digest.update(`${entry.line}\0`)
    if (!entry.inTree) continue
    const file = path.join(worktree, entry.path)
    const content = entry.submodule ? yield* digestOfSubmodule(file) : digestOfFile(file)
    digest.update(`${content}\0`)
  }
  return { branch, head, status: digest.digest("hex"), dirty: entries.length > 0 }
})

const digestOfSubmodule = (dir: string): Effect.Effect<string, GitError, Git> =>
  inspectTree(dir).pipe(
    Effect.map(({ head, status }) => `${head} ${status}`),
    Effect.catchTag("HeadUnborn", () => Effect.succeed("unborn")),
  )

/** Bytes. What is bigger is told by its size and time. */
const wholeBelow = 64 * 1024 * 1024

const digestOfFile = (file: string): string => {
  try {
    const stat = fs.lstatSync(file)
    if (stat.isSymbolicLink()) return `link ${fs.readlinkSync(file)}`
    if (!stat.isFile() || stat.size > wholeBelow) return `${stat.mode} ${stat.size} ${stat.mtimeMs}`
    return `${stat.mode} ${createHash("sha256").update(fs.readFileSync(file)).digest("hex")}`
  } catch {
    return "gone" // deleted, or a name that is not UTF-8
  }
}
