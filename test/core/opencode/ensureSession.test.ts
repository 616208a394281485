import { expect } from "bun:test"
import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import type { PermissionRule } from "@kugetsu/core/opencode/PermissionRules"
import { readStored } from "@kugetsu/core/opencode/SessionStorage"
import { KugetsuHome, type KugetsuPaths } from "@kugetsu/core/system/KugetsuHome"
import { Database } from "bun:sqlite"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { opencodeLayers, placeFor } from "../../kit/agentTurns.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { type FakeOpencode, fakeOpencode } from "../../kit/fakeOpencode.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

interface Setting {
  readonly agent: Agent["Service"]
  readonly root: string
  readonly fake: FakeOpencode
  readonly home: KugetsuPaths
  readonly place: AgentPlace
  readonly ensure: (from?: {
    readonly known?: string | null
    readonly base?: string | null
  }) => Effect.Effect<string, unknown>
  readonly keep: (session: string) => Effect.Effect<void, unknown>
  /** The names of the programs that were started, since the last look. */
  readonly started: () => ReadonlyArray<string | undefined>
}

/** An issue's place and an opencode that does what the test says. */
const setting = Effect.fnUntraced(function* <A, E>(use: (setting: Setting) => Effect.Effect<A, E, never>) {
  const root = yield* temporaryDirectory
  const fake = fakeOpencode(path.join(root, "fake"))
  const env = { PATH: process.env.PATH!, HOME: path.join(root, "person"), OPENCODE_BIN: fake.program }
  return yield* Effect.gen(function* () {
    const agent = yield* Agent
    const home = yield* KugetsuHome
    const place = yield* placeFor({ name: "a.b", directory: path.join(root, "wt"), tmp: path.join(root, "tmp", "a") })
    let seen = 0
    const started = () => {
      const words = fake.starts().map(({ args }) => args[0])
      const fresh = words.slice(seen)
      seen = words.length
      return fresh
    }
    const ensure: Setting["ensure"] = ({ base = null, known = null } = {}) =>
      agent.ensureSession(place, { known, base })
    const keep = (session: string) => agent.keepExport(place, session)
    return yield* use({ agent, root, fake, home, place, ensure, keep, started })
  }).pipe(Effect.provide(opencodeLayers(path.join(root, "home"), env)))
})

const exportOf = (id: string, texts: ReadonlyArray<string>) =>
  JSON.stringify({
    info: { id, title: "kept" },
    messages: texts.map((text, i) => ({ info: { id: `msg_00000000000${i}aaaa` }, parts: [{ id: `prt_${i}`, text }] })),
  })

/** What the fake was given to import last. */
const imported = (home: KugetsuPaths, name: string): { info: { id: string }; messages: ReadonlyArray<any> } => {
  using db = new Database(home.agent(name).database, { readonly: true })
  return JSON.parse(db.query<{ document: string }, []>("SELECT document FROM session").get()!.document)
}

const textsIn = (home: KugetsuPaths) => imported(home, "a.b").messages.map(({ parts }) => parts[0].text)

const trashed = (home: KugetsuPaths) => (fs.existsSync(home.trash) ? fs.readdirSync(home.trash) : [])

effectTest("a session is made once, and found again without starting anything, recorded or not", () =>
  setting(({ ensure, home, place, started }) =>
    Effect.gen(function* () {
      const id = yield* ensure()
      expect(started()).toEqual(["import"])
      expect(yield* readStored(home.agent("a.b").database)).toEqual({
        _tag: "Sessions",
        sessions: [{ id, directory: fs.realpathSync(place.directory), messages: 0, parts: 0 }],
      })
      expect(yield* ensure({ known: id })).toBe(id)
      // killed after the session was in its place and before its id was recorded
      expect(yield* ensure({ known: null })).toBe(id)
      expect(started()).toEqual([])
    }),
  ),
)

effectTest("an import that fails leaves nothing in the place, and tells why", () =>
  setting(({ ensure, fake, home }) =>
    Effect.gen(function* () {
      fake.plan({ import: { exitCode: 3, stderr: "\u001b[91mError: \u001b[0mno\nroom" } })
      const failure = yield* Effect.flip(ensure())
      expect(failure).toMatchObject({ _tag: "OpencodeFailed", code: 69 })
      expect(String((failure as Error).message)).toContain("Error: no room")
      expect(fs.readdirSync(home.agents)).toEqual([])
    }),
  ),
)

effectTest("an import that leaves fewer messages than it was given does not count", () =>
  setting(({ agent, ensure, fake, home, place, root }) =>
    Effect.gen(function* () {
      const base = path.join(root, "base.json")
      fs.writeFileSync(base, exportOf("ses_base", ["one", "two"]))
      fake.plan({ import: { loses: 1 } })
      const id = yield* ensure({ base })
      expect(textsIn(home)).toEqual([])
      expect((yield* agent.remembers(place, id))?.untold).toEqual({
        from: "new",
        refused: [expect.stringContaining("1 messages and 1 parts where 2 messages and 2 parts were given")],
      })
    }),
  ),
)

effectTest("a copy that opencode refuses stops nothing: the next one serves, and the refused one is put aside", () =>
  setting(({ agent, ensure, fake, home, keep, place, root }) =>
    Effect.gen(function* () {
      const id = yield* ensure()
      const storage = home.agent("a.b")
      const at = (name: string) => path.join(storage.dir, name)
      const [newer, older] = [exportOf(id, ["odd", "two"]), exportOf(id, ["one"])]
      fs.writeFileSync(storage.export, newer)
      fs.writeFileSync(at("export.previous.json"), older)
      const lose = () => fs.rmSync(storage.database)
      lose()
      fake.plan({ import: { refuses: "odd" } })
      expect(yield* ensure({ known: id })).toBe(id)
      expect(textsIn(home)).toEqual(["one"])
      const untold = (session: string) => Effect.map(agent.remembers(place, session), (now) => now?.untold)
      expect(yield* untold(id)).toEqual({
        from: "kept",
        refused: [expect.stringMatching(/made from .*\/export\.json: .*of a kind that is not known/)],
      })
      expect(fs.readFileSync(at("export.refused.json"), "utf8")).toBe(newer)
      // the next copy is one of what there is now
      yield* keep(id)
      expect(JSON.parse(fs.readFileSync(storage.export, "utf8")).messages).toHaveLength(1)

      lose()
      fake.plan({ import: { refuses: "one" } })
      const [earlier, base] = ["earlier", "base"].map((name) => {
        const file = path.join(root, `${name}.json`)
        fs.writeFileSync(file, exportOf(`ses_${name}`, [name === "earlier" ? "one" : "base"]))
        return file
      })
      const from = { known: id, base: base!, earlier: earlier! }
      const other = yield* agent.ensureSession(place, from)
      expect([other === id, textsIn(home)]).toEqual([false, ["base"]])
      expect(yield* untold(other)).toMatchObject({ from: "new", refused: { length: 3 } })
      expect(yield* agent.ensureSession(place, from)).toBe(other)
    }),
  ),
)

effectTest("an import that binds the session to another directory does not count", () =>
  setting(({ ensure, fake, home, root }) =>
    Effect.gen(function* () {
      fake.plan({ import: { directory: root } })
      expect(yield* Effect.flip(ensure())).toMatchObject({ _tag: "SessionMisplaced", found: root })
      expect(fs.readdirSync(home.agents)).toEqual([])
    }),
  ),
)

effectTest("an import that is given up is ended, and leaves nothing", () =>
  setting(({ ensure, fake, home }) =>
    Effect.gen(function* () {
      fake.plan({ import: { hang: true } })
      const gaveUp = yield* Effect.timeoutOption(ensure(), 700)
      expect(gaveUp._tag).toBe("None")
      expect(fs.readdirSync(home.agents)).toEqual([])
      const { pid } = fake.starts()[0]!
      expect(() => process.kill(pid, 0)).toThrow()
    }),
  ),
)

effectTest("what a killed import left is removed, and what belongs to other issues is not", () =>
  setting(({ ensure, home }) =>
    Effect.gen(function* () {
      const id = yield* ensure()
      for (const name of [".a.b.Xy3zAb", ".a.Xy3zAb", ".a.b.c.Xy3zAb", ".a.b-2.Xy3zAb"]) {
        fs.mkdirSync(path.join(home.agents, name))
        fs.writeFileSync(path.join(home.agents, name, "opencode.db"), "half")
      }
      expect(yield* ensure({ known: id })).toBe(id)
      expect(fs.readdirSync(home.agents).sort()).toEqual([".a.Xy3zAb", ".a.b-2.Xy3zAb", ".a.b.c.Xy3zAb", "a.b"])
    }),
  ),
)

effectTest(
  "a session that was ready when its maker was killed takes its place, and the old one goes to the trash",
  () =>
    setting(({ ensure, home, started }) =>
      Effect.gen(function* () {
        const id = yield* ensure()
        const place = home.agent("a.b").dir
        const ready = path.join(home.agents, ".a.b.ready")
        fs.renameSync(place, ready)
        started()
        expect(yield* ensure({ known: null })).toBe(id)
        expect(trashed(home)).toEqual([])

        fs.renameSync(place, ready)
        fs.mkdirSync(place)
        fs.writeFileSync(path.join(place, "opencode.db"), "broken")
        expect(yield* ensure({ known: id })).toBe(id)
        expect(started()).toEqual([])
        expect(trashed(home)).toHaveLength(1)
        const dir = path.join(home.trash, trashed(home)[0]!)
        expect(fs.readFileSync(path.join(dir, "agent", "opencode.db"), "utf8")).toBe("broken")
        expect(JSON.parse(fs.readFileSync(path.join(dir, "receipt.json"), "utf8"))).toMatchObject({
          state: "done",
          name: "a.b",
          because: "replaced",
          saved: true,
        })
        expect(fs.readdirSync(home.agents)).toEqual(["a.b"])
      }),
    ),
)

effectTest(
  "a damaged session is made again from the kept copy, else from the one before it, and lies in the trash",
  () =>
    setting(({ ensure, home }) =>
      Effect.gen(function* () {
        const id = yield* ensure()
        const storage = home.agent("a.b")
        const previous = path.join(storage.dir, "export.previous.json")
        fs.writeFileSync(storage.export, exportOf(id, ["one", "two"]))
        fs.writeFileSync(previous, exportOf(id, ["one"]))
        fs.writeFileSync(storage.database, "this is no database, whatever its name says ".repeat(200))
        expect(yield* ensure({ known: id })).toBe(id)
        expect(textsIn(home)).toEqual(["one", "two"])
        expect(trashed(home)).toHaveLength(1)

        fs.writeFileSync(storage.export, exportOf(id, ["one", "two"]).slice(0, -3))
        fs.truncateSync(storage.database, 0)
        expect(yield* ensure({ known: id })).toBe(id)
        expect(textsIn(home)).toEqual(["one"])
        expect(trashed(home)).toHaveLength(2)
        // what was kept came along
        expect(fs.readFileSync(previous, "utf8")).toBe(exportOf(id, ["one"]))
      }),
    ),
)

effectTest("a database in a form that is not known is left where it is", () =>
  setting(({ ensure, home, started }) =>
    Effect.gen(function* () {
      const storage = home.agent("a.b")
      fs.mkdirSync(storage.dir, { recursive: true })
      using db = new Database(storage.database)
      db.run("CREATE TABLE conversations (id TEXT)")
      expect(yield* Effect.flip(ensure())).toMatchObject({ _tag: "SessionUnreadable", code: 69 })
      expect(started()).toEqual([])
      expect(fs.readdirSync(storage.dir)).toContain("opencode.db")
    }),
  ),
)

effectTest("a new session starts from the base's copy, from nothing without one, and never from a broken one", () =>
  setting(({ agent, ensure, home, keep, place, root }) =>
    Effect.gen(function* () {
      const base = path.join(root, "base.json")
      fs.writeFileSync(base, exportOf("ses_base", ["hello"]).slice(0, -1))
      expect(yield* Effect.flip(ensure({ base }))).toMatchObject({ _tag: "RecordUnreadable", path: base })
      fs.writeFileSync(base, exportOf("ses_base", ["hello"]))
      const id = yield* ensure({ base })
      expect(id).not.toBe("ses_base")
      // a turn without a word leaves a copy of what was lent
      yield* keep(id)
      expect((yield* agent.remembers(place, id))?.isKept).toBe(false)
      expect(textsIn(home)).toEqual(["hello"])
      fs.rmSync(home.agent("a.b").dir, { recursive: true })
      yield* ensure({ base: path.join(root, "none.json") })
      expect(textsIn(home)).toEqual([])
    }),
  ),
)

effectTest("the conversation is kept whole, with the one before it, and a smaller one replaces nothing", () =>
  setting(({ ensure, fake, home, keep }) =>
    Effect.gen(function* () {
      const id = yield* ensure()
      const storage = home.agent("a.b")
      const previous = path.join(storage.dir, "export.previous.json")
      const answer = (text: string) => fake.plan({ export: { events: [text] } })
      const kept = () => [storage.export, previous].map((file) => fs.readFileSync(file, "utf8"))

      const [one, two, three] = [["1"], ["1", "2"], ["1", "2", "3"]].map((texts) => exportOf(id, texts)) as any
      for (const text of [one, two]) {
        answer(text)
        yield* keep(id)
      }
      expect(kept()).toEqual([two, one])
      expect(fs.statSync(storage.export).mode & 0o777).toBe(0o600)

      answer(one)
      expect(yield* Effect.flip(keep(id))).toMatchObject({ _tag: "ExportShrunk", kept: 2, found: 1 })
      answer(three.slice(0, -10))
      expect(yield* Effect.flip(keep(id))).toMatchObject({ _tag: "OpencodeFailed" })
      answer(exportOf("ses_other", ["1", "2", "3"]))
      expect(yield* Effect.flip(keep(id))).toMatchObject({ _tag: "OpencodeFailed" })
      fake.plan({ export: { events: [three], exitCode: 1 } })
      expect(yield* Effect.flip(keep(id))).toMatchObject({ _tag: "OpencodeFailed" })
      expect(kept()).toEqual([two, one])

      // a broken copy pushes out no whole one
      fs.writeFileSync(storage.export, "{")
      answer(three)
      yield* keep(id)
      expect(kept()).toEqual([three, one])
      expect(fs.readdirSync(home.agents)).toEqual(["a.b"])
    }),
  ),
)

effectTest("a turn is one command in the session's own directory, and the run's temporary directory is allowed", () =>
  setting(({ agent, ensure, fake, home, place, root }) =>
    Effect.gen(function* () {
      const session = yield* ensure()
      const turn = (change: Partial<AgentPlace>, debug = false) =>
        agent.turn({ ...place, ...change }, session, { debug })
      const allowed = () => {
        using db = new Database(home.agent("a.b").database, { readonly: true })
        const { permission } = db.query<{ permission: string }, []>("SELECT permission FROM session").get()!
        return (JSON.parse(permission) as ReadonlyArray<PermissionRule>)
          .filter((rule) => rule.permission === "external_directory" && rule.action === "allow")
          .map(({ pattern }) => pattern)
      }

      const env = { ...place.env, PWD: "/elsewhere", OPENCODE_PERMISSION: "{}", OPENCODE_DB: "/elsewhere" }
      const command = yield* turn({ env })
      expect(command.cwd).toBe(place.directory)
      expect(command.argv).toEqual([
        fake.program,
        "run",
        "--auto",
        "--format=json",
        `--session=${session}`,
        `--dir=${place.directory}`,
        "--print-logs",
        "--log-level=WARN",
      ])
      expect(command.env).toMatchObject({ PWD: place.directory, OPENCODE_DB: home.agent("a.b").database })
      expect(command.env).not.toHaveProperty("OPENCODE_PERMISSION")
      expect(allowed()).toContain(`${place.env.TMPDIR}/*`)

      const tmp = fs.mkdtempSync(path.join(root, "next-"))
      const next = yield* turn({ model: "p/m", env: { ...env, TMPDIR: tmp } }, true)
      expect(next.argv.slice(-2)).toEqual(["--log-level=DEBUG", "--model=p/m"])
      expect(allowed()).toContain(`${tmp}/*`)
      expect(allowed()).not.toContain(`${place.env.TMPDIR}/*`)
    }),
  ),
)
