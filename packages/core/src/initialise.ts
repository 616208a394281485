import { DateTime, Effect, Option, Schema } from "effect"
import { Agent, type AgentPlace } from "./Agent.ts"
import { AgentEnvironment } from "./AgentEnvironment.ts"
import { ExitCode } from "./domain/Failure.ts"
import type { Receipt } from "./domain/Receipt.ts"
import type { AgentName } from "./domain/Run.ts"
import type { Session, SessionType } from "./domain/Session.ts"
import { timestamp } from "./domain/Timestamp.ts"
import { createHomeFiles } from "./homeFiles.ts"
import { probeProvider } from "./probeProvider.ts"
import { Sessions } from "./Sessions.ts"
import { Settings } from "./Settings.ts"
import { ensureDirectory, exists, removeTree, temporaryDirectoryIn } from "./system/Files.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire } from "./system/Lock.ts"
import { Trash } from "./Trash.ts"

/** `init` was run before, to its end. */
export class AlreadyInitialised extends Schema.TaggedError<AlreadyInitialised>()("AlreadyInitialised", {
  home: Schema.String,
}) {
  readonly code = ExitCode.failed
  override get message() {
    return `${this.home} is initialised already`
  }
  get remedy() {
    return "kugetsu init --force makes base and PM sessions anew; issues, config and env files stay as they are."
  }
}

export interface InitialiseOptions<E, R> {
  /** Moves base and PM sessions of an earlier `init` to the trash first. */
  readonly force: boolean
  /** Lets the model answer once before anything is recorded. */
  readonly probe: boolean
  /** Told before each step that takes its time. */
  readonly onStep: (step: "probe" | "sessions") => Effect.Effect<void>
  /** Makes the base session and gives its id. */
  readonly makeBase: (place: AgentPlace) => Effect.Effect<string, E, R>
}

export interface Initialised {
  readonly home: string
  /** The engine's version. */
  readonly agent_version: string
  /** `provider/model` that answered the probe; null without one. */
  readonly model: string | null
  readonly base: string
  readonly pm_agent: string
  /** Where the earlier sessions are; null when there were none. */
  readonly trash: string | null
  /** The commands that bring them back, once the new ones are destroyed. */
  readonly restore: ReadonlyArray<string>
}

/**
 * Makes a home ready: files with defaults where there are none, the probe, then base and PM sessions. The records that
 * make `status` say `ok` are written last, so after an interruption the same command does the rest.
 */
export const initialise = Effect.fn("initialise")(function* <E, R>(options: InitialiseOptions<E, R>) {
  const home = yield* KugetsuHome
  const agent = yield* Agent
  const sessions = yield* Sessions
  const refuseTwice = Effect.gen(function* () {
    if (!options.force && (yield* sessions.status) === "ok") return yield* new AlreadyInitialised({ home: home.root })
  })
  yield* refuseTwice
  yield* createHomeFiles
  yield* acquire(home.lock("init.lock"), { waitMs: 0 })
  yield* refuseTwice

  const tmp = yield* Effect.acquireRelease(
    Effect.flatMap(HostEnvironment, (env) => temporaryDirectoryIn(env.TMPDIR || "/tmp", "kugetsu-")),
    (dir) => Effect.ignore(removeTree(dir)),
  )
  const base = yield* placeOf("base", "dev", home.base, tmp)
  const pm = yield* placeOf("pm-agent", "pm-agent", home.pm, tmp)
  const agent_version = yield* agent.version(base.env)
  if (options.probe) yield* options.onStep("probe")
  const model = options.probe ? yield* probeProvider(tmp) : null
  yield* options.onStep("sessions")

  const discarded = options.force ? yield* discardSessions : []
  if (options.force || Option.isNone(yield* sessions.base)) {
    const session = yield* options.makeBase(base)
    yield* agent.keepExport(base, session)
    yield* sessions.put("base", yield* recordOf("base", session))
  }
  if (options.force || Option.isNone(yield* sessions.pm)) {
    const session = yield* agent.ensureSession(pm, { known: null, base: null })
    yield* sessions.put("pm-agent", yield* recordOf("pm_agent", session))
  }
  const idOf = Option.match({ onNone: () => "", onSome: (session: Session) => session.opencode_session_id ?? "" })
  return {
    home: home.root,
    agent_version,
    model,
    base: idOf(yield* sessions.base),
    pm_agent: idOf(yield* sessions.pm),
    trash: discarded.length === 0 ? null : home.trash,
    restore: discarded.map(({ restore }) => restore),
  } satisfies Initialised
}, Effect.scoped)

/** The base session as `init` makes it without a screen: empty. */
export const makeEmptyBase = (place: AgentPlace) =>
  Agent.use((agent) => agent.ensureSession(place, { known: null, base: null }))

const placeOf = Effect.fnUntraced(function* (name: string, role: AgentName, directory: string, tmp: string) {
  yield* ensureDirectory(directory)
  const { model, pmModel } = yield* (yield* Settings).load
  const place: AgentPlace = {
    name,
    directory,
    title: `kugetsu ${name}`,
    role,
    env: yield* (yield* AgentEnvironment).build({ agent: role, directory, cloneUrl: null, run: null, tmp }),
    model: role === "dev" ? model : (pmModel ?? model),
  }
  return place
})

const recordOf = (type: SessionType, id: string) =>
  Effect.map(DateTime.now, (now): Session => ({
    version: 1,
    type,
    issue_ref: null,
    opencode_session_id: id,
    worktree_path: null,
    created_at: timestamp(now),
    state: "idle",
    pr_url: null,
    branch_name: null,
    run: null,
  }))

/** The PM's and the base's, as `destroy --base` takes them; gives what went. */
const discardSessions = Effect.gen(function* () {
  const home = yield* KugetsuHome
  const trash = yield* Trash
  // no PM run may be under way, and none may start meanwhile
  yield* acquire(home.issueLock("pm-agent"), { waitMs: 0 })
  const gone: Array<Receipt> = []
  for (const name of ["pm-agent", "base"] as const) {
    gone.push(...(yield* trash.settle(name)).filter(({ state }) => state === "done"))
    if (!(yield* exists(home.agent(name).dir)) && !(yield* exists(home.sessionFile(`${name}.json`)))) continue
    const evidence = ["a person asked for new ones", "no agent of the PM is running"]
    const what = { ref: null, name, worktree: null, branch: null, forced: false, evidence, saved: true }
    gone.push(yield* trash.discard({ ...what, because: "init" }))
  }
  return gone
})
