import { Effect } from "effect"
import * as path from "node:path"
import { exists } from "../system/Files.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { rejoinMoved } from "./rejoinMoved.ts"

/** The recorded place while something is there and nothing is in the home, which may have moved. */
export const placeOf = Effect.fn("Worktrees.placeOf")(function* (
  home: KugetsuPaths,
  name: string,
  recorded: string | null,
) {
  const own = home.worktree(name)
  if (recorded === null) return own
  if (yield* exists(own)) return yield* Effect.as(rejoinMoved(own, recorded), own)
  return (yield* exists(recorded)) ? path.resolve(recorded) : own
})
