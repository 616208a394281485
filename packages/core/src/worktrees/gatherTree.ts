import { Effect, Option } from "effect"
import * as path from "node:path"
import type { FoundPlace } from "../domain/Isolation.ts"
import type { IssueRef } from "../domain/IssueRef.ts"
import { withoutSecrets } from "../domain/Secret.ts"
import { belongsTo, type TrackedSession } from "../domain/Session.ts"
import { gitDirectoryOf } from "../removal/gitDirectory.ts"
import { Sessions } from "../Sessions.ts"
import { exists, realPath } from "../system/Files.ts"
import { Git } from "../system/Git.ts"
import { issueMarkOf } from "./IssueMark.ts"
import { otherOrigin } from "./requireOwnTree.ts"

/** What a worktree is tied to now, as the wall compares it. */
export const gatherTree = Effect.fn("gatherTree")(function* (
  worktree: string,
  { ref, remote }: { readonly ref: IssueRef; readonly remote: string },
) {
  const found: NonNullable<FoundPlace["tree"]> = { repository: null, branch: null, remote: null, owner: null }
  if (gitDirectoryOf(worktree) === null) return found
  const git = yield* Git
  const other = yield* otherOrigin(worktree, yield* git.config({ worktree }), remote)
  const head = yield* git.head(worktree)
  return {
    repository: yield* realPath(yield* git.commonDirectory(worktree)),
    branch: Option.getOrNull(Option.map(head, ({ branch }) => branch)),
    remote: Option.getOrElse(other, () => withoutSecrets(remote)),
    owner: (yield* issueMarkOf(worktree)) ?? (yield* ownerByRecords(worktree, ref)),
  } satisfies FoundPlace["tree"]
})

/** The other issue that a worktree without a mark belongs to: its directory is named after it, or it is recorded as its. */
const ownerByRecords = Effect.fnUntraced(function* (worktree: string, ref: IssueRef) {
  const sessions = yield* Sessions
  const name = path.basename(worktree)
  if ((yield* sessions.nameOf(ref)) === name) return null
  const others = (yield* sessions.survey).sessions.filter(
    ({ session }) => session.issue_ref !== null && !belongsTo(session, ref),
  )
  const place = yield* realPath(worktree)
  const owner =
    others.find((other) => other.name === name) ??
    (yield* Effect.findFirst(others, ({ session }: TrackedSession) => isAt(session.worktree_path, place)).pipe(
      Effect.map(Option.getOrUndefined),
    ))
  return owner?.session.issue_ref ?? null
})

const isAt = Effect.fnUntraced(function* (recorded: string | null, place: string) {
  return recorded !== null && (yield* exists(recorded)) && (yield* realPath(recorded)) === place
})
