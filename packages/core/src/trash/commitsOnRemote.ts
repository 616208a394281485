import { Effect, Result } from "effect"
import { parseIssueRef } from "../domain/IssueRef.ts"
import type { Receipt } from "../domain/Receipt.ts"
import { Servers } from "../Servers.ts"
import { Git } from "../system/Git.ts"
import { remoteAt } from "../worktrees/remoteAt.ts"

/**
 * Where the remote's branches stand at this moment, by its own word, as far as these commits are here: no ref says that,
 * for it may be old, or an agent's. None where the remote cannot be asked; then nothing can be left to it.
 */
export const commitsOnRemote = Effect.fn("Trash.commitsOnRemote")(function* (
  clone: string,
  { issue_ref }: Pick<Receipt, "issue_ref">,
) {
  const ref = issue_ref === null ? null : Result.getOrElse(parseIssueRef(issue_ref), () => null)
  if (ref === null) return []
  const git = yield* Git
  const asked = Effect.gen(function* () {
    const remote = yield* remoteAt(yield* (yield* Servers).cloneUrl(ref))
    return [...new Set((yield* git.listRemote(remote, ["refs/heads/*"])).heads.values())]
  })
  const told = yield* asked.pipe(
    Effect.catch(({ message }) =>
      Effect.as(Effect.logWarning(`the rescue holds what is on the remote, too: ${message}`), []),
    ),
  )
  const types = yield* git.objectTypes(clone, told)
  return told.filter((sha) => types.get(sha) === "commit")
})
