import { Context, type Effect } from "effect"
import type { Failure } from "./domain/Failure.ts"
import type { AgentName } from "./domain/Run.ts"

/** What an agent's processes see: an allow-list of this process's variables, the env files, git access, identity. */
export class AgentEnvironment extends Context.Service<
  AgentEnvironment,
  {
    readonly build: (options: {
      readonly agent: AgentName
      readonly directory: string
      /** null: nothing to fetch or push (the PM, `init`'s probe). */
      readonly cloneUrl: string | null
      /** The run's token, by which every process of it is found; null outside a run. */
      readonly run: string | null
      /** The private temporary directory. */
      readonly tmp: string
    }) => Effect.Effect<Readonly<Record<string, string>>, Failure>
  }
>()("@kugetsu/core/AgentEnvironment") {}
