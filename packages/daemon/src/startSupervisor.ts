import type { RunId, RunRequest } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { SETTINGS_RUN } from "@kugetsu/core/Settings"
import { crashPoint } from "@kugetsu/core/system/CrashPoint"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import type { HeldLock } from "@kugetsu/core/system/Lock"
import { Processes } from "@kugetsu/core/system/Processes"
import { selfCommand } from "@kugetsu/core/system/Self"
import { Effect } from "effect"
import { inherited, RUN_VARIABLE } from "./RunLocks.ts"
import { type AgentScope, requireInScope } from "./systemd/agentScope.ts"
import { withoutServiceVariables } from "./systemd/serviceVariables.ts"

/** Where a supervisor lives, and what is handed to it. */
interface Place {
  readonly issue: HeldLock
  readonly slot: HeldLock | null
  /** null: it is a process like others. */
  readonly scope: AgentScope | null
}

/** Writes the request of a run and starts its supervisor, which outlives this process. */
export const startSupervisor = Effect.fn("startSupervisor")(function* (
  request: RunRequest,
  { issue, scope, slot }: Place,
) {
  const home = yield* KugetsuHome
  const { supervisorLog } = home.run(request.run)
  yield* (yield* Runs).create(request)
  yield* crashPoint("launch.requested")
  const command = [...selfCommand(), "agent-run", request.run]
  const launched = yield* (yield* Processes).launch({
    argv: (scope?.around(request.run, command) ?? command) as unknown as readonly [string, ...Array<string>],
    cwd: home.root,
    env: { ...supervisorEnvironment(yield* HostEnvironment, home.root, request.run), ...scope?.environment },
    stdin: null,
    stdout: supervisorLog,
    stderr: supervisorLog,
    descriptors: inherited(issue, slot),
  })
  if (scope !== null) yield* requireInScope(launched, request.run)
  yield* crashPoint("launch.spawned")
  return request.run
})

/** The launcher's own variables, less the token (the sweep of a run must not find its supervisor), and less the service's. */
const supervisorEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  run: RunId,
): Readonly<Record<string, string>> => {
  const { [RUN_VARIABLE]: _token, ...own } = withoutServiceVariables(env)
  return { ...own, KUGETSU_DIR: home, [SETTINGS_RUN]: run }
}
