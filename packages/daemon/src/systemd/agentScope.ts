import { ExitCode } from "@kugetsu/core/domain/Failure"
import type { RunId } from "@kugetsu/core/domain/Run"
import type { SettingsSnapshot } from "@kugetsu/core/Settings"
import { readText } from "@kugetsu/core/system/Files"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { type Launched, Processes } from "@kugetsu/core/system/Processes"
import { cgroupOf } from "@kugetsu/core/system/procFiles"
import { identityOf, signal } from "@kugetsu/core/system/ProcessTable"
import { Effect, Option, Schema } from "effect"
import { Pace } from "../Pace.ts"
import { scopeLimits } from "./agentLimits.ts"
import { findService } from "./findService.ts"
import { isLingering } from "./linger.ts"
import { SERVICE_VARIABLE } from "./serviceVariables.ts"
import { isReachable, requireSystemd, runtimeDirectory, systemdEnvironment } from "./Systemctl.ts"
import { SLICE } from "./unitText.ts"

/** systemd gave no scope, and outside one the agent would end with the daemon. */
export class ScopeRefused extends Schema.TaggedError<ScopeRefused>()("ScopeRefused", {
  scope: Schema.String,
  reason: Schema.String,
}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return `systemd did not make ${this.scope}: ${this.reason}`
  }
  get remedy() {
    return "`systemctl --user status` tells more. The AGENT_… limits of the config must be such as systemd takes."
  }
}

/** How a supervisor is started so that it is in a scope of its own, with its limits. */
export interface AgentScope {
  readonly around: (run: RunId, command: ReadonlyArray<string>) => ReadonlyArray<string>
  /** What systemd-run needs beside the supervisor's own. */
  readonly environment: Readonly<Record<string, string>>
}

/** Of a run. A second one of that name is refused by systemd. */
export const scopeOf = (run: RunId): string => `kugetsu-agent-${run}.scope`

/**
 * null: the supervisor is a process like others. The daemon that systemd runs must have scopes: with its unit systemd
 * ends all that is in it. Who starts an agent by hand takes one where systemd runs this home's daemon, and goes on when
 * the person logs out: else the scope would end before a process does that is in none.
 */
export const agentScope = Effect.fn("agentScope")(function* (settings: SettingsSnapshot) {
  const isService = Boolean((yield* HostEnvironment)[SERVICE_VARIABLE])
  if (isService) yield* requireSystemd
  else if (Option.isNone(yield* findService) || !(yield* isLingering) || !(yield* isReachable)) return null
  const { overtimeMs, preparationLimitMs } = yield* Pace
  // after every limit of the supervisor and of the daemon: it acts when both are hung
  const backstopMs = preparationLimitMs + settings.taskTimeoutMs + 2 * overtimeMs
  const policy = (yield* systemdVersion) >= OOM_POLICY_SINCE ? ["OOMPolicy=continue"] : []
  const properties = [`RuntimeMaxSec=${Math.ceil(backstopMs / 1000)}`, ...policy, ...scopeLimits(settings)]
  return {
    around: (run, command) => [
      "systemd-run",
      "--user",
      "--scope",
      "--quiet",
      "--collect",
      `--slice=${SLICE}`,
      `--unit=${scopeOf(run)}`,
      ...properties.flatMap((property) => ["-p", property]),
      "--",
      ...command,
    ],
    environment: { XDG_RUNTIME_DIR: runtimeDirectory(yield* HostEnvironment) },
  } satisfies AgentScope
})

/** Without it systemd ends the whole scope when memory runs out, the supervisor too, and nobody says what happened. */
const OOM_POLICY_SINCE = 252

const systemdVersion = Effect.gen(function* () {
  const { stdout } = yield* (yield* Processes).run({
    program: "systemd-run",
    args: ["--version"],
    cwd: (yield* KugetsuHome).root,
    env: yield* systemdEnvironment,
    timeoutMs: LIMIT_MS,
  })
  return Number(/^systemd (\d+)/.exec(stdout)?.[1] ?? 0)
})

const LIMIT_MS = 10_000
const LOOK_MS = 5

/** Waits until a supervisor is in its scope: only then does it outlive the daemon. One that does not get there is ended. */
export const requireInScope = Effect.fn("requireInScope")(function* (launched: Launched, run: RunId) {
  const scope = scopeOf(run)
  const identity = identityOf(launched.pid)
  const isInside = Effect.sync(() => cgroupOf(launched.pid)?.endsWith(`/${scope}`) === true)
  const entered = Effect.gen(function* () {
    while (!(yield* isInside)) yield* Effect.sleep(LOOK_MS)
  })
  const refused = launched.exited.pipe(
    Effect.andThen(lastWords(run)),
    Effect.flatMap((reason) => new ScopeRefused({ scope, reason })),
  )
  const late = Effect.suspend(() => {
    if (identity !== null) signal(identity, "SIGKILL")
    return new ScopeRefused({ scope, reason: `it was not there after ${LIMIT_MS / 1000} s` })
  })
  yield* Effect.raceFirst(entered, refused).pipe(Effect.timeoutOrElse({ duration: LIMIT_MS, orElse: () => late }))
})

const lastWords = Effect.fnUntraced(function* (run: RunId) {
  const log = yield* readText((yield* KugetsuHome).run(run).supervisorLog)
  const line = Option.getOrElse(log, () => "")
    .trimEnd()
    .split("\n")
    .at(-1)
  return line || "systemd-run ended without a word"
})
