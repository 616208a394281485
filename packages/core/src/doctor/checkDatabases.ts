import { Effect, Option } from "effect"
import { type Finding, problem, warning, well } from "../domain/Finding.ts"
import type { TrackedSession } from "../domain/Session.ts"
import { findKept } from "../opencode/KeptExport.ts"
import { peekStored } from "../opencode/peekStored.ts"
import { exists, realPath } from "../system/Files.ts"
import { KugetsuHome, type KugetsuPaths } from "../system/KugetsuHome.ts"
import { isBusy, surveySessions } from "./checkSessions.ts"
import { looking } from "./Treatment.ts"

/** The private databases: there, readable, and each with its session in its directory. */
export const checkDatabases = Effect.fn("checkDatabases")(function* () {
  const { sessions } = yield* surveySessions
  const findings: Array<Finding> = []
  for (const tracked of sessions) findings.push(...(yield* looking(tracked.name, checkOne(tracked))))
  return findings
})

/** The directory that a session is bound to; null: it has none yet. */
export const directoryOf = (home: KugetsuPaths, { name, session }: TrackedSession): string | null =>
  name === "base" ? home.base : name === "pm-agent" ? home.pm : session.worktree_path

const checkOne = Effect.fnUntraced(function* (tracked: TrackedSession) {
  const home = yield* KugetsuHome
  const { name, session } = tracked
  const storage = home.agent(name)
  const id = session.opencode_session_id
  const directory = directoryOf(home, tracked)
  if (id === null) return []
  if (yield* isBusy(tracked)) return [well(storage.database, "it is in use, and was not looked at")]
  const kept = Option.isSome(yield* findKept(storage))
  const next = nextStart(tracked, kept)
  const { stored } = yield* peekStored(storage.database)
  if (stored._tag === "Missing") return [warning(storage.database, "it is not there", next)]
  if (stored._tag === "Damaged") return [problem(storage.database, `it is damaged: ${stored.reason}`, next)]
  const own = stored.sessions.find((one) => one.id === id)
  if (own === undefined) return [problem(storage.database, `session ${id} is not in it`, next)]
  if (directory === null || !(yield* exists(directory))) return []
  const expected = yield* realPath(directory)
  return own.directory === expected
    ? [well(storage.database, `session ${id} is in it, with ${own.messages} messages`)]
    : [problem(storage.database, `session ${id} works in ${own.directory}, not in ${expected}`, next)]
})

const nextStart = ({ name, session }: TrackedSession, kept: boolean): string => {
  if (name === "base") return "kugetsu init --force makes base and PM sessions anew; issues stay as they are."
  const how =
    name === "pm-agent"
      ? 'The next message to the project manager (kugetsu delegate --pm "…")'
      : `kugetsu continue ${session.issue_ref}`
  return kept
    ? `${how} makes it anew, with the conversation that was kept.`
    : `${how} makes it anew; no copy of the conversation is there.`
}
