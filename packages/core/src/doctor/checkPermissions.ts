import { Effect, Option, Result } from "effect"
import { AgentEnvironment } from "../AgentEnvironment.ts"
import { type Finding, fixed, warning } from "../domain/Finding.ts"
import { refOf, type TrackedSession } from "../domain/Session.ts"
import { Launcher } from "../Launcher.ts"
import { readExport } from "../opencode/KeptExport.ts"
import { toolOutputOf } from "../opencode/OpencodeCall.ts"
import { peekStored } from "../opencode/peekStored.ts"
import { type PermissionRule, permissionRules } from "../opencode/PermissionRules.ts"
import { readPersonConfiguration } from "../opencode/PersonConfiguration.ts"
import { writePermissions } from "../opencode/SessionStorage.ts"
import { requireTracked } from "../requireTracked.ts"
import { Settings } from "../Settings.ts"
import { replaceFile } from "../system/Files.ts"
import { KugetsuHome } from "../system/KugetsuHome.ts"
import { directoryOf } from "./checkDatabases.ts"
import { isBusy, surveySessions } from "./checkSessions.ts"
import { looking, type Treatment } from "./Treatment.ts"

/** The permission lists of the kept sessions, as a start would write them now. */
export const checkPermissions = Effect.fn("checkPermissions")(function* (treatment: Treatment) {
  const { sessions } = yield* surveySessions
  const findings: Array<Finding> = []
  for (const tracked of sessions) findings.push(...(yield* looking(tracked.name, checkOne(treatment, tracked))))
  return findings
})

const checkOne = Effect.fnUntraced(function* ({ fixPermissions }: Treatment, tracked: TrackedSession) {
  const home = yield* KugetsuHome
  const { database } = home.agent(tracked.name)
  const id = tracked.session.opencode_session_id
  if (id === null || (yield* isBusy(tracked))) return []
  const { permissions, stored } = yield* peekStored(database)
  if (stored._tag !== "Sessions" || !stored.sessions.some((one) => one.id === id)) return []
  const wanted = yield* wantedFor(tracked)
  if (essence(permissions(id)) === essence(JSON.stringify(wanted))) return []
  const found = "its permission list is not the one that a start would set"
  if (!fixPermissions) {
    return [warning(database, found, "kugetsu doctor --fix-permissions sets it; the session's next turn does so, too.")]
  }
  const isSet = yield* Effect.scoped(
    Effect.gen(function* () {
      const ref = refOf(tracked.session)
      if (tracked.name !== "base") yield* (yield* Launcher).hold(ref)
      // somebody may have destroyed the issue, or begun it anew, before it was held
      if (ref !== null && (yield* requireTracked(ref)).session.opencode_session_id !== id) return false
      yield* writePermissions(database, id, wanted)
      yield* keepPermissions(home.agent(tracked.name).export, wanted)
      return true
    }),
  )
  return isSet ? [fixed(database, found, "it was set, in its kept copy too")] : []
})

/** What holds whatever directories one run may use besides: those are written before each turn. */
const essence = (list: string | null): string => {
  const rules = Result.getOrElse(
    Result.try((): unknown => JSON.parse(list ?? "[]")),
    () => [],
  )
  const kept = (Array.isArray(rules) ? (rules as ReadonlyArray<PermissionRule>) : []).filter(
    ({ action, permission }) => permission !== "external_directory" || action !== "allow",
  )
  return JSON.stringify(kept.map(({ action, pattern, permission }) => [permission, pattern, action]))
}

const wantedFor = Effect.fnUntraced(function* (tracked: TrackedSession) {
  const home = yield* KugetsuHome
  const role = tracked.name === "pm-agent" ? "pm-agent" : "dev"
  const directory = directoryOf(home, tracked) ?? home.root
  const environment = yield* AgentEnvironment
  const env = yield* environment.build({ agent: role, directory, cloneUrl: null, run: null, tmp: "/tmp" })
  const { tempDir } = yield* (yield* Settings).load
  const { permissions: person } = yield* readPersonConfiguration(env)
  return permissionRules({ role, directories: [...new Set([tempDir, toolOutputOf(env)])], person })
})

/** A copy that is not whole is left as it is. */
const keepPermissions = Effect.fnUntraced(function* (file: string, permission: ReadonlyArray<PermissionRule>) {
  const kept = yield* readExport(file)
  if (Option.isNone(kept) || Result.isFailure(kept.value)) return
  const { info, ...rest } = kept.value.success
  yield* replaceFile(file, JSON.stringify({ info: { ...info, permission }, ...rest }, null, 2))
})
