import type { AgentPlace } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import type { Failure } from "@kugetsu/core/domain/Failure"
import type { RunRequest } from "@kugetsu/core/domain/Run"
import { pmInstructions } from "@kugetsu/core/pmInstructions"
import { pmPrompt, type PmTask } from "@kugetsu/core/pmPrompt"
import { routeOf } from "@kugetsu/core/routeOf"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings, SETTINGS_RUN } from "@kugetsu/core/Settings"
import { ensureDirectory } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import { ensurePmShell } from "./ensurePmShell.ts"
import { tellQuarantined } from "./quarantine.ts"
import { recallSession } from "./recallSession.ts"
import { takeAlong } from "./takeAlong.ts"
import { requireIsolated } from "./wall.ts"
import type { Workplace } from "./Workplace.ts"

/** Makes ready what a turn of the PM needs: its session in its own directory, its shell, its instructions. */
export const preparePm = Effect.fn("preparePm")(function* (request: RunRequest, tmp: string) {
  const sessions = yield* Sessions
  const settings = yield* (yield* Settings).load
  const instructions = yield* pmInstructions
  const directory = (yield* KugetsuHome).pm
  yield* ensureDirectory(directory)
  const known = yield* sessions.pm
  const env = yield* (yield* AgentEnvironment).build({
    agent: "pm-agent",
    directory,
    cloneUrl: null,
    run: request.run,
    tmp,
  })
  const place: AgentPlace = {
    name: "pm-agent",
    directory,
    title: "kugetsu PM",
    role: "pm-agent",
    shell: yield* ensurePmShell,
    // kugetsu as the PM runs it reads refs as the person's does
    env: { ...env, [SETTINGS_RUN]: request.run },
    model: settings.pmModel ?? settings.model,
  }
  const knownId = Option.getOrNull(Option.map(known, ({ opencode_session_id }) => opencode_session_id))
  const { earlier, notes } = yield* takeAlong(place, { known: knownId, cloneUrl: null, tmp })
  const { session, ...recalled } = yield* recallSession(place, { known: knownId, base: null, earlier, issue: null })
  yield* tellQuarantined(place.name, null)
  yield* recordSession(session)
  yield* requireIsolated({ place, session, issue: null })
  const { message } = request
  const route = yield* routeFor(message)
  const prompt = recalled.before(pmPrompt({ instructions, verbosity: settings.verbosity, route, message }))
  return { place, session, issue: null, notes: [...notes, ...recalled.notes], prompt } satisfies Workplace
})

const recordSession = Effect.fnUntraced(function* (session: string) {
  const sessions = yield* Sessions
  const record = Option.getOrNull(yield* sessions.pm)
  if (record === null || record.opencode_session_id === session) return
  yield* sessions.put("pm-agent", { ...record, opencode_session_id: session })
})

/** A damaged record keeps nobody from asking the PM about it. */
const routeFor = (message: string | null) =>
  message === null
    ? Effect.succeed<PmTask["route"]>({ _tag: "Pm", named: null })
    : routeOf(message).pipe(
        Effect.catch(({ message: reason, remedy }: Failure) =>
          Effect.succeed<PmTask["route"]>({ _tag: "Unknown", reason: `${reason} (${remedy})` }),
        ),
      )
