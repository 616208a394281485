import { exists } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { Effect, Result } from "effect"
import * as path from "node:path"
import { accountName } from "./accountName.ts"
import { systemdEnvironment } from "./Systemctl.ts"

/** Whether the person's systemd starts with the machine and stays when they log out; if not, what would see to that. */
export type Linger =
  | { readonly _tag: "Lingers" }
  | { readonly _tag: "EndsAtLogout"; readonly reason: string; readonly command: string }

/** Kept by logind, one file for each person. */
const LINGERING = "/var/lib/systemd/linger"

export const isLingering = Effect.flatMap(accountName, (name) => exists(path.join(LINGERING, name)))

const LIMIT_MS = 10_000

/** Asks logind for it. That takes polkit, or root: where it is refused the person gets the command. */
export const ensureLinger = Effect.gen(function* () {
  const lingers: Linger = { _tag: "Lingers" }
  if (yield* isLingering) return lingers
  const name = yield* accountName
  const asked = yield* Effect.result(
    (yield* Processes).run({
      program: "loginctl",
      // with the name: without one it fails outside a session
      args: ["--no-ask-password", "enable-linger", name],
      cwd: (yield* KugetsuHome).root,
      env: { ...(yield* systemdEnvironment), LC_ALL: "C.UTF-8" },
      timeoutMs: LIMIT_MS,
    }),
  )
  if (Result.isSuccess(asked) && asked.success.exitCode === 0) return lingers
  const reason = Result.isSuccess(asked) ? (asked.success.stderr.trim().split("\n")[0] ?? "") : asked.failure.message
  return { _tag: "EndsAtLogout", reason, command: `sudo loginctl enable-linger ${name}` } satisfies Linger
})
