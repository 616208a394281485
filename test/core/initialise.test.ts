import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { AgentEnvironment } from "@kugetsu/core/AgentEnvironment"
import type { TurnReport } from "@kugetsu/core/domain/TurnReport"
import { initialise, makeEmptyBase } from "@kugetsu/core/initialise"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { Trash } from "@kugetsu/core/Trash"
import { expect } from "bun:test"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { gitLayers } from "../kit/gitLayers.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const answered: TurnReport = {
  events: 3,
  malformed_lines: 0,
  error: null,
  last_step: "stop",
  last_text: "ready",
  last_tool: null,
  permission_asked: null,
  quota: null,
  tokens: { input: 1, output: 1, reasoning: 0, cache_read: 0, cache_write: 0 },
  cost: 0,
}
const refused: TurnReport = {
  ...answered,
  last_step: null,
  last_text: null,
  error: { name: "APIError", message: "no such key", status: 401 },
}

/** An engine of files: a session is a line in its storage. Its turns are real processes. */
const fileAgent = (report: TurnReport, turned: Array<AgentPlace>, nextNumber: () => number) =>
  Layer.effect(
    Agent,
    Effect.map(KugetsuHome, (home) =>
      Agent.of({
        version: () => Effect.succeed("1.2.3"),
        ensureSession: (place) =>
          Effect.sync(() => {
            const id = `ses_${place.name}_${nextNumber()}`
            fs.mkdirSync(home.agent(place.name).dir, { recursive: true })
            fs.writeFileSync(home.agent(place.name).database, id)
            return id
          }),
        verify: () => Effect.void,
        whereabouts: () => Effect.die("init looks at no session that was there"),
        quarantine: () => Effect.die("init puts nothing into quarantine"),
        finishQuarantine: () => Effect.void,
        turn: (place) =>
          Effect.sync(() => {
            turned.push(place)
            const code = report.error === null ? 0 : 1
            return { argv: ["/bin/sh", "-c", `cat; exit ${code}`], cwd: place.directory, env: place.env }
          }),
        report: () => Effect.succeed(report),
        exportEarlier: () => Effect.succeed({ _tag: "Left", reason: "it is nowhere" }),
        keepExport: (place, id) =>
          Effect.sync(() =>
            fs.writeFileSync(
              home.agent(place.name).export,
              JSON.stringify({ id, messages: [{ info: {} }, { info: { providerID: "acme", modelID: "big-1" } }] }),
            ),
          ),
        keepStored: () => Effect.void,
        conversation: () => Effect.succeedNone,
        recount: () => Effect.succeed([]),
        remembers: () => Effect.succeed(null),
      }),
    ),
  )

/** Runs `init`s in one home, each with what it is given. */
const homeToInitialise = Effect.map(temporaryDirectory, (root) => {
  const home = KugetsuHome.at(path.join(root, "home"))
  const environment = Layer.succeed(AgentEnvironment, {
    build: ({ agent, run }) =>
      Effect.succeed({ PATH: "/usr/bin:/bin", AGENT: agent, ...(run && { KUGETSU_RUN: run }) }),
  })
  const host = Layer.succeed(HostEnvironment, { HOME: root, TMPDIR: root })
  const turned: Array<AgentPlace> = []
  let sessions = 0
  const layer = (report: TurnReport) =>
    Layer.mergeAll(
      fileAgent(report, turned, () => ++sessions),
      Sessions.layer,
      Settings.layer,
      environment,
      ProcessesLive,
      Trash.layer.pipe(Layer.provide(gitLayers({ root: path.join(root, "home"), env: {} }))),
    ).pipe(Layer.provideMerge(home), Layer.provideMerge(host))
  const init = (
    options: { force?: boolean; probe?: boolean; report?: TurnReport; makeBase?: typeof makeEmptyBase } = {},
  ) =>
    initialise({
      force: options.force ?? false,
      probe: options.probe ?? true,
      onStep: () => Effect.void,
      makeBase: options.makeBase ?? makeEmptyBase,
    }).pipe(Effect.provide(layer(options.report ?? answered)))
  const inHome = <A, E>(body: Effect.Effect<A, E, Sessions | KugetsuHome>) =>
    Effect.provide(body, Layer.provideMerge(Sessions.layer, home))
  return { root: path.join(root, "home"), tmp: root, turned, init, inHome }
})

const status = Effect.flatMap(Sessions, (sessions) => sessions.status)
const read = (...parts: ReadonlyArray<string>) => fs.readFileSync(path.join(...parts), "utf8")

const tree = (dir: string): ReadonlyArray<string> =>
  fs.readdirSync(dir, { recursive: true, encoding: "utf8" }).map((name) => path.join(dir, name))

effectTest("a first init makes sessions, records and every file a person may edit, for the owner's eyes only", () =>
  Effect.gen(function* () {
    const { root, tmp, init, inHome } = yield* homeToInitialise
    const umask = process.umask(0o022)
    const made = yield* Effect.ensuring(
      init(),
      Effect.sync(() => process.umask(umask)),
    )
    expect(made).toEqual({
      home: root,
      agent_version: "1.2.3",
      model: "acme/big-1",
      base: "ses_base_2",
      pm_agent: "ses_pm-agent_3",
      trash: null,
      restore: [],
    })
    expect(yield* inHome(status)).toBe("ok")
    expect(read(root, "config")).toContain("\n# How many agents may run at once; the PM is not counted.\n")
    expect(read(root, "repos.json")).toBe("{}\n")
    expect(fs.readdirSync(path.join(root, "env")).sort()).toEqual(["default.env", "dev.env", "pm-agent.env"])
    expect(fs.existsSync(path.join(root, "agents", "base", "export.json"))).toBe(true)
    // what the engine writes is its own affair
    const ours = [root, ...tree(root)].filter((file) => !file.startsWith(path.join(root, "agents")))
    const modes = ours.map((file) => {
      const stat = fs.statSync(file)
      return `${stat.isDirectory() ? "directory" : "file"} ${(stat.mode & 0o777).toString(8)}`
    })
    expect([...new Set(modes)].sort()).toEqual(["directory 700", "file 600"])
    // nothing of the probe is left
    expect(fs.readdirSync(path.join(root, "agents")).sort()).toEqual(["base", "pm-agent"])
    expect(fs.readdirSync(tmp)).toEqual(["home"])
  }),
)

effectTest("the probe is a turn in the environment agents have, in a place of its own", () =>
  Effect.gen(function* () {
    const { root, turned, init } = yield* homeToInitialise
    yield* init()
    expect(turned.map(({ name, role, env }) => [name, role, env.AGENT])).toEqual([["probe", "dev", "dev"]])
    expect(turned[0]?.directory.startsWith(root)).toBe(false)
    expect(turned[0]?.env.KUGETSU_RUN).toMatch(/^init-/)
  }),
)

effectTest("a second init changes nothing, and says so", () =>
  Effect.gen(function* () {
    const { root, init } = yield* homeToInitialise
    yield* init()
    const before = tree(root).map((file) => [file, fs.statSync(file).mtimeMs])
    const failure = yield* Effect.flip(init())
    expect([failure._tag, (failure as { code: number }).code]).toEqual(["AlreadyInitialised", 1])
    expect(tree(root).map((file) => [file, fs.statSync(file).mtimeMs])).toEqual(before)
  }),
)

effectTest("--force moves base and PM to the trash and touches nothing of the person's", () =>
  Effect.gen(function* () {
    const { root, init, inHome } = yield* homeToInitialise
    yield* init()
    const kept = {
      config: "MAX_CONCURRENT_AGENTS=7\n",
      "env/default.env": "A=1\n",
      "repos.json": '{"github.com/a/b": "/x"}\n',
      "sessions/github.com-a-b-1.json": '{"type":"forked","issue_ref":"github.com/a/b#1","created_at":"x"}',
    }
    for (const [file, text] of Object.entries(kept)) fs.writeFileSync(path.join(root, file), text)
    const made = yield* init({ force: true })
    expect(yield* inHome(status)).toBe("ok")
    for (const [file, text] of Object.entries(kept)) expect(read(root, file)).toBe(text)
    expect(made.trash).toBe(path.join(root, "trash"))
    const [pm, old] = made.restore.map((command) => path.join(root, "trash", command.replace("kugetsu restore ", "")))
    expect(JSON.parse(read(old!, "receipt.json"))).toMatchObject({ name: "base", because: "init", state: "done" })
    expect(read(old!, "agent/opencode.db")).toBe("ses_base_2")
    expect(JSON.parse(read(pm!, "session.json")).opencode_session_id).toBe("ses_pm-agent_3")
    const base = yield* inHome(Effect.flatMap(Sessions, (sessions) => sessions.base))
    expect(Option.getOrThrow(base).opencode_session_id).toBe(made.base)
    expect(made.base).not.toBe("ses_base_2")
  }),
)

effectTest("--force is refused while the PM is at work, and nothing is moved", () =>
  Effect.gen(function* () {
    const { root, init, inHome } = yield* homeToInitialise
    yield* init()
    const failure = yield* inHome(
      Effect.scoped(
        Effect.gen(function* () {
          yield* acquire((yield* KugetsuHome).issueLock("pm-agent"), { waitMs: 0 })
          return yield* Effect.flip(init({ force: true }))
        }),
      ),
    )
    expect((failure as { code: number }).code).toBe(75)
    expect(yield* inHome(status)).toBe("ok")
    expect(fs.existsSync(path.join(root, "trash"))).toBe(false)
  }),
)

effectTest("a model that does not answer leaves no session behind, and is told in its own words", () =>
  Effect.gen(function* () {
    const { root, init, inHome } = yield* homeToInitialise
    const failure = yield* Effect.flip(init({ report: refused }))
    expect([failure.message, (failure as { code: number }).code]).toEqual([
      "the model does not answer: no such key (APIError, HTTP 401)",
      69,
    ])
    expect(yield* inHome(status)).toBe("kugetsu_not_initialized")
    expect(fs.readdirSync(path.join(root, "sessions"))).toEqual([])
    expect((yield* init()).model).toBe("acme/big-1")
  }),
)

effectTest("an answer that breaks off is none, and neither is the end of a program alone", () =>
  Effect.gen(function* () {
    const { init } = yield* homeToInitialise
    for (const report of [
      { ...answered, last_step: null },
      { ...answered, permission_asked: "bash" },
    ]) {
      expect((yield* Effect.flip(init({ report })))._tag).toBe("ProviderUnusable")
    }
  }),
)

effectTest("with a failing --force the earlier sessions stay", () =>
  Effect.gen(function* () {
    const { init, inHome } = yield* homeToInitialise
    yield* init()
    yield* Effect.flip(init({ force: true, report: refused }))
    expect(yield* inHome(status)).toBe("ok")
  }),
)

effectTest("without the probe the model is not asked", () =>
  Effect.gen(function* () {
    const { turned, init } = yield* homeToInitialise
    expect((yield* init({ probe: false, report: refused })).model).toBeNull()
    expect(turned).toEqual([])
  }),
)

effectTest("an init that was cut off is finished by the next one, which keeps what was done", () =>
  Effect.gen(function* () {
    const { root, init, inHome } = yield* homeToInitialise
    yield* Effect.exit(init({ makeBase: () => Effect.die("cut off") }))
    expect(yield* inHome(status)).toBe("kugetsu_not_initialized")
    yield* init()
    fs.rmSync(path.join(root, "sessions", "pm-agent.json"))
    const base = read(root, "sessions", "base.json")
    expect(yield* inHome(status)).toBe("pm_agent_missing")
    yield* init()
    expect([yield* inHome(status), read(root, "sessions", "base.json")]).toEqual(["ok", base])
  }),
)

effectTest("two inits at once do not both make sessions", () =>
  Effect.gen(function* () {
    const { root, init, inHome } = yield* homeToInitialise
    yield* init({ probe: false })
    const failure = yield* inHome(
      Effect.scoped(
        Effect.gen(function* () {
          yield* acquire(path.join(root, "locks", "init.lock"), { waitMs: 0 })
          return yield* Effect.flip(init({ force: true }))
        }),
      ),
    )
    expect(failure._tag).toBe("LockBusy")
  }),
)
