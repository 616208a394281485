import { Effect, Schema } from "effect"
import { withoutSecrets } from "../domain/Secret.ts"
import { ExitCode } from "../domain/Failure.ts"
import type { RemoteRefs } from "../system/GitOutput.ts"

/** The repository has no commit, so that there is nothing to work on and nothing to open a pull request against. */
export class EmptyRemote extends Schema.TaggedError<EmptyRemote>()("EmptyRemote", { url: Schema.String }) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `${this.url} has no branch yet`
  }
  get remedy() {
    return "Push a first commit to it, and start the issue again."
  }
}

/** No branch to start from: the configured one is not there, or the remote names none. */
export class BaseBranchMissing extends Schema.TaggedError<BaseBranchMissing>()("BaseBranchMissing", {
  url: Schema.String,
  /** What KUGETSU_BASE_BRANCH says; null when it is not set. */
  configured: Schema.NullOr(Schema.String),
  branches: Schema.Array(Schema.String),
}) {
  readonly code = ExitCode.config
  override get message() {
    return this.configured === null
      ? `${this.url} names no default branch`
      : `${this.url} has no branch ${this.configured}, which KUGETSU_BASE_BRANCH names`
  }
  get remedy() {
    const some = this.branches.slice(0, 10).join(", ")
    return this.configured === null
      ? `Set KUGETSU_BASE_BRANCH to one of its branches: ${some}.`
      : `Set KUGETSU_BASE_BRANCH to a branch that is there (${some}), or remove it to use the remote's default branch.`
  }
}

/** The branch that work starts from: KUGETSU_BASE_BRANCH where it is set, else the remote's default branch. */
export const baseBranchOf = (
  url: string,
  told: RemoteRefs,
  configured: string | null,
): Effect.Effect<string, EmptyRemote | BaseBranchMissing> => {
  const shown = withoutSecrets(url)
  if (told.heads.size === 0) return Effect.fail(new EmptyRemote({ url: shown }))
  const base = configured ?? told.defaultBranch
  return base !== null && told.heads.has(base)
    ? Effect.succeed(base)
    : Effect.fail(new BaseBranchMissing({ url: shown, configured, branches: [...told.heads.keys()] }))
}
