import { Effect } from "effect"
import { problem, well } from "../domain/Finding.ts"
import { GitAccess } from "../GitAccess.ts"
import { Git } from "../system/Git.ts"
import { looking } from "./Treatment.ts"

/** The oldest with all that is used: settings by GIT_CONFIG_COUNT, `rev-parse --path-format`. */
export const oldestGit = "2.31.0"

/** Whether git can be used, and knows who commits. */
export const checkGit = Effect.fn("checkGit")(function* () {
  const { version } = yield* Git
  const own = Effect.map(version, (found) => [
    Bun.semver.order(found, oldestGit) < 0
      ? problem("git", `its version is ${found}, and ${oldestGit} is the oldest that will do`, "Install a newer git.")
      : well("git", `its version is ${found}; ${oldestGit} is the oldest that will do`),
  ])
  const identity = Effect.as((yield* GitAccess).identity, [])
  return [...(yield* looking("git", own)), ...(yield* looking("git", identity))]
})
