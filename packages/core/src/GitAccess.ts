import { Context, type Effect, Schema } from "effect"
import type { ConfigInvalid } from "./domain/Config.ts"
import { ExitCode } from "./domain/Failure.ts"
import type { HomeUnusable } from "./system/Files.ts"
import type { RecordUnreadable } from "./system/JsonFile.ts"

/** Nobody is named as the author of commits, so every commit of an agent would fail. */
export class IdentityMissing extends Schema.TaggedError<IdentityMissing>()("IdentityMissing", {}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return "git does not know who commits: neither user.name and user.email nor GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL are set"
  }
  get remedy() {
    return 'Run git config --global user.name "You" and git config --global user.email you@example.org, or set GIT_AUTHOR_NAME and GIT_AUTHOR_EMAIL in the config file.'
  }
}

export interface CredentialRequest {
  readonly protocol: string
  readonly host: string
  readonly path: string | null
}

/** How kugetsu's git and the agents' git reach a remote, and in whose name they commit. */
export class GitAccess extends Context.Service<
  GitAccess,
  {
    /**
     * Environment variables that let git reach exactly this remote without a terminal: for https a `git-credential`
     * helper bound to its origin (no secret in it), for ssh BatchMode and accept-new.
     */
    readonly environment: (
      cloneUrl: string,
    ) => Effect.Effect<Readonly<Record<string, string>>, ConfigInvalid | RecordUnreadable | HomeUnusable>
    /** The answer of `kugetsu git-credential get`; null: no token for that host. */
    readonly credential: (
      request: CredentialRequest,
    ) => Effect.Effect<
      { readonly username: string; readonly password: string } | null,
      ConfigInvalid | RecordUnreadable | HomeUnusable
    >
    /** GIT_AUTHOR_* and GIT_COMMITTER_* where git itself has no name; empty where it has. */
    readonly identity: Effect.Effect<Readonly<Record<string, string>>, IdentityMissing | ConfigInvalid | HomeUnusable>
  }
>()("@kugetsu/core/GitAccess") {}
