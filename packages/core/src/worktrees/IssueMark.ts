import { Effect, Option } from "effect"
import * as path from "node:path"
import { gitDirectoryOf } from "../removal/gitDirectory.ts"
import { readText, replaceFile } from "../system/Files.ts"

/** In the worktree's own git directory, where no commit and no `git clean` of an agent reaches it. */
const markFile = (gitDirectory: string) => path.join(gitDirectory, "kugetsu-issue")

/** The issue that a worktree was handed out for; null: none was noted, or there is no repository. */
export const issueMarkOf = Effect.fn("IssueMark.of")(function* (worktree: string) {
  const gitDirectory = gitDirectoryOf(worktree)
  if (gitDirectory === null) return null
  const text = Option.getOrElse(yield* readText(markFile(gitDirectory)), () => "").trim()
  return text === "" ? null : text
})

/** Notes the issue unless one is noted. */
export const markIssue = Effect.fn("IssueMark.mark")(function* (worktree: string, ref: string) {
  const gitDirectory = gitDirectoryOf(worktree)
  if (gitDirectory === null || (yield* issueMarkOf(worktree)) !== null) return
  yield* replaceFile(markFile(gitDirectory), `${ref}\n`)
})
