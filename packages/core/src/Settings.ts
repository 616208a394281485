import { Context, type Effect } from "effect"
import type { HomeUnusable } from "./system/Files.ts"
import type { ConfigInvalid } from "./domain/Config.ts"

/** The values in force: environment variable, else `config`, else the default. Durations in milliseconds. */
export interface SettingsSnapshot {
  readonly maxConcurrentAgents: number
  readonly tempDir: string
  readonly verbosity: "verbose" | "default" | "quiet"
  readonly taskTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly startupTimeoutMs: number
  readonly gitAuthorName: string | null
  readonly gitAuthorEmail: string | null
  readonly model: string | null
  readonly pmModel: string | null
  /** null: the remote's default branch. */
  readonly baseBranch: string | null
  /** null: `opencode` on PATH. */
  readonly opencodeBin: string | null
  readonly defaultGitServer: string
}

export class Settings extends Context.Service<
  Settings,
  {
    /** Read afresh at each call. */
    readonly load: Effect.Effect<SettingsSnapshot, ConfigInvalid | HomeUnusable>
  }
>()("@kugetsu/core/Settings") {}
