import { ExitCode } from "@kugetsu/core/domain/Failure"
import { exists } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { Context, Effect, Schema } from "effect"
import * as path from "node:path"
import { accountName } from "./accountName.ts"
import { withoutServiceVariables } from "./serviceVariables.ts"

/** There is no systemd of this person that could be asked. */
export class SystemdUnreachable extends Schema.TaggedError<SystemdUnreachable>()("SystemdUnreachable", {
  reason: Schema.String,
  remedy: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `systemd cannot be reached: ${this.reason}`
  }
}

/** systemd was asked, and did not do it. */
export class SystemdRefused extends Schema.TaggedError<SystemdRefused>()("SystemdRefused", {
  asked: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `systemctl --user ${this.asked}: ${this.reason}`
  }
  get remedy() {
    return "`systemctl --user status` and `journalctl --user` tell more."
  }
}

/** Made by systemd when the machine was booted with it. A reference, so that tests have a machine with systemd. */
export const BootMark = Context.Reference<string>("@kugetsu/daemon/systemd/BootMark", {
  defaultValue: () => "/run/systemd/system",
})

/** Whether this machine runs systemd. */
export const isBooted = Effect.flatMap(BootMark, exists)

export const runtimeDirectory = (env: Readonly<Record<string, string | undefined>>): string =>
  env.XDG_RUNTIME_DIR || `/run/user/${process.getuid?.() ?? ""}`

/** An environment in which the person's systemd is found, also from cron or `su`. */
export const systemdEnvironment = Effect.map(HostEnvironment, (env) => ({
  ...withoutServiceVariables(env),
  XDG_RUNTIME_DIR: runtimeDirectory(env),
}))

export const isReachable = Effect.flatMap(HostEnvironment, (env) =>
  exists(path.join(runtimeDirectory(env), "systemd", "private")),
)

/** Fails where the person's systemd cannot be asked, with what to do about it. */
export const requireSystemd = Effect.gen(function* () {
  if (!(yield* isBooted)) {
    return yield* new SystemdUnreachable({
      reason: "this machine, or container, was not started by it",
      remedy: "Do without: `kugetsu queue-daemon start` serves in the background, `kugetsu queue-daemon run` in front.",
    })
  }
  if (yield* isReachable) return
  const name = yield* accountName
  return yield* new SystemdUnreachable({
    reason: `${name} has none running`,
    remedy: `Log in afresh (not with su), or have it run always: sudo loginctl enable-linger ${name}`,
  })
})

/** Milliseconds; the unit's own limits for start and stop are shorter. */
const LIMIT_MS = 100_000

/** `systemctl --user …`; fails with what systemctl says where it refuses. */
export const systemctl = Effect.fn("systemctl")(function* (...args: ReadonlyArray<string>) {
  yield* requireSystemd
  const { exitCode, stderr, stdout } = yield* (yield* Processes).run({
    program: "systemctl",
    args: ["--user", "--no-pager", "--no-ask-password", ...args],
    cwd: (yield* KugetsuHome).root,
    env: { ...(yield* systemdEnvironment), LC_ALL: "C.UTF-8" },
    timeoutMs: LIMIT_MS,
  })
  if (exitCode === 0) return stdout
  const reason = stderr.trim().split("\n")[0] || `exit code ${exitCode}`
  return yield* new SystemdRefused({ asked: args.join(" "), reason })
})
