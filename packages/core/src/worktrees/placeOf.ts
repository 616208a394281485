import { Effect } from "effect"
import * as path from "node:path"
import { exists } from "../system/Files.ts"
import type { KugetsuPaths } from "../system/KugetsuHome.ts"
import { rejoinMoved } from "./rejoinMoved.ts"

/** Where an issue's worktree is, joined to its clone. May wait for the lock of the clone. */
export const placeOf = Effect.fn("Worktrees.placeOf")(function* (
  home: KugetsuPaths,
  name: string,
  recorded: string | null,
) {
  const place = yield* findPlace(home, name, recorded)
  if (recorded !== null && place === home.worktree(name)) yield* rejoinMoved(home, place, recorded)
  return place
})

/** The recorded place while something is there and nothing is in the home, which may have moved. */
export const findPlace = Effect.fn("Worktrees.findPlace")(function* (
  home: KugetsuPaths,
  name: string,
  recorded: string | null,
) {
  const own = home.worktree(name)
  if (recorded === null || (yield* exists(own))) return own
  return (yield* exists(recorded)) ? path.resolve(recorded) : own
})
