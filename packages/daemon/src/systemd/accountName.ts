import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect } from "effect"

const LIMIT_MS = 10_000

/** Who this process is to the system. Not $USER, which `su` and cron leave as it was, or out. */
export const accountName = Effect.gen(function* () {
  const { PATH } = yield* HostEnvironment
  const { stdout } = yield* (yield* Processes).run({
    program: "id",
    args: ["-un"],
    cwd: (yield* KugetsuHome).root,
    env: PATH === undefined ? {} : { PATH },
    timeoutMs: LIMIT_MS,
  })
  return stdout.trim()
})
