import { Context, type Effect } from "effect"
import type { AgentPlace, TurnCommand } from "./Agent.ts"
import type { Failure } from "./domain/Failure.ts"

/** The engine's own screen, for a person at a terminal. */
export class AgentScreen extends Context.Service<
  AgentScreen,
  {
    /** The program that shows this session on the terminal it is given. */
    readonly open: (place: AgentPlace, session: string) => Effect.Effect<TurnCommand, Failure>
    /** The session of this place that was used last: on the screen a person can begin another. null: there is none. */
    readonly newest: (place: AgentPlace) => Effect.Effect<string | null, Failure>
  }
>()("@kugetsu/core/AgentScreen") {}
