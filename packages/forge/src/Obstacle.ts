import type { ForgeUnknown } from "@kugetsu/core/PullRequests"
import { Effect } from "effect"

/** Why a forge cannot even be asked. */
export interface Obstacle {
  readonly reason: ForgeUnknown["reason"]
  readonly detail: string
  /** null: the usual one of the reason. */
  readonly remedy: string | null
  readonly tokenVariable?: string
  /** ISO 8601; for rate_limited. */
  readonly until?: string | null
}

export const obstacle = (reason: Obstacle["reason"], detail: string, remedy: string | null = null) =>
  Effect.fail<Obstacle>({ reason, detail, remedy })

/** A record of ours stands in the way: its own remedy is the one that helps. */
export const orObstacle = Effect.mapError((error: { readonly message: string; readonly remedy: string }): Obstacle => ({
  reason: "misconfigured",
  detail: error.message,
  remedy: error.remedy,
}))
