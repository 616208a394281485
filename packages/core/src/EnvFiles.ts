import { Context, type Effect } from "effect"
import type { HomeUnusable } from "./system/Files.ts"
import type { ConfigInvalid } from "./domain/Config.ts"

/** Variables for agents, in `env/<name>.env`, 0600. `default` serves every agent. */
export class EnvFiles extends Context.Service<
  EnvFiles,
  {
    /** Names of the files that are there: `default`, `dev`, `pm-agent`, … */
    readonly list: Effect.Effect<ReadonlyArray<string>, HomeUnusable>
    /** The variables of one file, in its order. */
    readonly read: (name: string) => Effect.Effect<ReadonlyMap<string, string>, ConfigInvalid | HomeUnusable>
    readonly set: (name: string, key: string, value: string) => Effect.Effect<void, ConfigInvalid | HomeUnusable>
    /** false when the key was not there. */
    readonly remove: (name: string, key: string) => Effect.Effect<boolean, ConfigInvalid | HomeUnusable>
    /**
     * What an agent gets: default.env, then its own file; forge tokens that are in neither fall back to pm-agent.env.
     */
    readonly forAgent: (name: string) => Effect.Effect<Readonly<Record<string, string>>, ConfigInvalid | HomeUnusable>
  }
>()("@kugetsu/core/EnvFiles") {}
