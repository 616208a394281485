import { afterAll, beforeAll, expect, test } from "bun:test"
import { Agent, type AgentPlace } from "@kugetsu/core/Agent"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { readStored } from "@kugetsu/core/opencode/SessionStorage"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Database } from "bun:sqlite"
import { Effect, Exit, Option, Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { opencodeLayers, placeFor, runTurn, startTurn } from "../../kit/agentTurns.ts"
import { effectTest } from "../../kit/effectTest.ts"
import { logIn, personWithOpencode, type PersonOptions } from "../../kit/opencode.ts"
import { type ModelRequest, scriptedModel, scriptOf } from "../../kit/scriptedModel.ts"
import { temporaryDirectory } from "../../kit/temporary.ts"

interface ChatMessage {
  readonly role: string
  readonly content: string | ReadonlyArray<{ readonly text?: string }>
}

const bodyOf = (request: ModelRequest) =>
  request.body as { readonly model: string; readonly messages: ReadonlyArray<ChatMessage> }

const textsOf = (request: ModelRequest, role: string): ReadonlyArray<string> =>
  bodyOf(request)
    .messages.filter((message) => message.role === role)
    .map(({ content }) => (typeof content === "string" ? content : content.map((part) => part.text ?? "").join("")))

/** Everything that a shell, an argument list, a template or a trim would spoil. */
const nasty = [
  "-rf --help 'single' \"double\" `backticks` $(touch made-by-shell) ${HOME} \\ back\\slash\r\n",
  "\ttab, @README.md, !`touch made-by-template`, {env:HOME} {file:/etc/hostname} %s 100% /init\n",
  "日本語 \u{1f319}\u{1f1ef}\u{1f1f5} e\u0301 \u202e \u0007 </text> <|im_end|>\n\n",
  "x".repeat(200_000),
  "\n the last line ends in blanks  \n\n",
].join("")

const scope = Scope.makeUnsafe()
let world: Effect.Success<typeof makeWorld>

/**
 * A base session that was made and used in one repository, and one turn of an issue in another, which is reached through
 * a symbolic link, with PWD and the repository's own configuration pointing the wrong way.
 */
const makeWorld = Effect.gen(function* () {
  const root = yield* temporaryDirectory
  const model = yield* scriptedModel({ keepBodies: true })
  const at = (...parts: ReadonlyArray<string>) => path.join(root, ...parts)
  const worktree = at("real worktrees", "issue")
  const tmp = at("tmp", "issue")
  for (const dir of [worktree, at("base"), tmp]) fs.mkdirSync(dir, { recursive: true })
  fs.symlinkSync(at("real worktrees"), at("worktrees"))
  fs.writeFileSync(path.join(worktree, "AGENTS.md"), "The rule of this repository: be kind.")
  fs.writeFileSync(path.join(worktree, "opencode.json"), '{"permission":{"bash":"deny"},"model":"scripted/two"}')
  fs.writeFileSync(path.join(tmp, "note.txt"), "a note for the agent")

  const permission = { "*": "ask", bash: { "*": "ask", "rm *": "deny" }, webfetch: "deny", external_directory: "ask" }
  const plugin = at("mine.js")
  fs.writeFileSync(
    plugin,
    `export const mine = async () => (await Bun.write(${JSON.stringify(`${plugin}.ran`)}, ""), {})`,
  )
  const config = { permission, plugin: [pathToFileURL(plugin).href] }
  const person = personWithOpencode(at("person"), { baseURL: model.baseURL, config })
  const layers = opencodeLayers(at("kugetsu home"), { ...person, PWD: at("base") })

  return yield* Effect.gen(function* () {
    const agent = yield* Agent
    const home = yield* KugetsuHome
    const base = yield* placeFor({ name: "base", directory: at("base"), tmp: at("tmp", "base") })
    const baseSession = yield* agent.ensureSession(base, { known: null, base: null })
    const baseTurn = yield* runTurn(base, baseSession, "This was told to the base.")
    yield* agent.keepExport(base, baseSession)

    const issue = yield* placeFor({ name: "issue", directory: at("worktrees", "issue"), tmp })
    const place: AgentPlace = { ...issue, env: { ...issue.env, PWD: at("base") } }
    const session = yield* agent.ensureSession(place, { known: null, base: home.agent("base").export })
    yield* agent.verify(place, session)
    const bash = (command: string) => ({ tool: "bash", args: { command, description: "a command" } })
    const prompt = `${scriptOf([
      {
        tools: [
          bash("pwd; echo $PWD; echo made > made.txt"),
          bash("true && git stash list"),
          bash("rm made.txt"),
          { tool: "read", args: { filePath: path.join(tmp, "note.txt") } },
          { tool: "read", args: { filePath: "/etc/passwd" } },
        ],
      },
      { text: "All is done." },
    ])}\n${nasty}`
    const turn = yield* runTurn(place, session, prompt)
    yield* agent.keepExport(place, session)
    const requests = model.requests.filter((request) => request.session === session)
    return { at, home, layers, worktree, place, base, baseSession, baseTurn, session, prompt, turn, model, requests }
  }).pipe(Effect.provide(layers))
})

beforeAll(async () => {
  world = await Effect.runPromise(Scope.provide(makeWorld, scope))
}, 60_000)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const inWorld = <A, E>(effect: Effect.Effect<A, E, Agent | Effect.Services<ReturnType<typeof runTurn>>>) =>
  Effect.runPromise(Effect.provide(effect, world.layers))

test("a turn reaches the model, ends well, and is reported so", () => {
  expect(world.baseTurn.exit).toEqual({ code: 0, signal: null })
  expect(world.baseTurn.report.last_text).toBe("I was told: This was told to the base.")
  expect(world.turn.exit).toEqual({ code: 0, signal: null })
  expect(world.turn.report).toMatchObject({
    malformed_lines: 0,
    error: null,
    last_step: "stop",
    last_text: "All is done.",
    permission_asked: null,
    quota: null,
    tokens: { input: 200, output: 20 },
  })
  // the tools of one step run together, and end in any order
  expect(world.turn.report.last_tool).toMatch(/^(bash|read): /)
})

test("the message arrives at the model byte for byte", () => {
  expect(world.requests).toHaveLength(2)
  expect(textsOf(world.requests[0]!, "user").at(-1) === world.prompt).toBe(true)
})

test("the agent's directory is its worktree, whatever PWD says and wherever the base session was made", () => {
  expect(world.requests.map((request) => request.directory)).toEqual([world.worktree, world.worktree])
  expect(textsOf(world.requests[1]!, "tool")[0]).toBe(`${world.worktree}\n${world.worktree}\n`)
  expect(fs.readdirSync(world.worktree).sort()).toEqual(["AGENTS.md", "made.txt", "opencode.json"])
  expect(fs.readdirSync(world.at("base"))).toEqual([])
})

test("the base's conversation comes along under an id of its own, and the base stays where it is", async () => {
  expect(textsOf(world.requests[0]!, "user")[0]).toBe("This was told to the base.")
  expect(world.session).not.toBe(world.baseSession)
  const stored = (name: string) => Effect.runPromise(readStored(world.home.agent(name).database))
  expect(await stored("issue")).toMatchObject({ sessions: [{ id: world.session, directory: world.worktree }] })
  expect(await stored("base")).toMatchObject({ sessions: [{ id: world.baseSession, directory: world.at("base") }] })
})

test("what the person wants to be asked about is allowed, and what they deny is denied", () => {
  const [, stash, rm, note, passwd] = textsOf(world.requests[1]!, "tool")
  expect(rm).toContain("a rule which prevents you")
  expect(world.requests[0]!.tools).not.toContain("webfetch")
  expect(stash).toContain("a rule which prevents you")
  expect(note).toContain("a note for the agent")
  expect(passwd).toContain("a rule which prevents you")
})

test("the repository's rules for agents are read, and its opencode.json is not", () => {
  expect(textsOf(world.requests[0]!, "system").join()).toContain("The rule of this repository: be kind.")
  expect(bodyOf(world.requests[0]!).model).toBe("one")
})

test("the person's own plugins serve", () => expect(fs.existsSync(world.at("mine.js.ran"))).toBe(true))

test("nothing in the private directory can be read by others", () => {
  const { dir } = world.home.agent("issue")
  expect(fs.statSync(dir).mode & 0o777).toBe(0o700)
  const names = fs.readdirSync(dir).sort()
  expect(names).toEqual(expect.arrayContaining(["export.json", "opencode.db"]))
  for (const name of names) expect([name, fs.statSync(path.join(dir, name)).mode & 0o777]).toEqual([name, 0o600])
  expect(fs.readdirSync(world.home.agents).sort()).toEqual(["base", "issue"])
})

test("a request that the provider refuses ends the turn with its words and its status", () =>
  inWorld(
    Effect.gen(function* () {
      const { base, baseSession } = world
      const { exit, report } = yield* runTurn(base, baseSession, scriptOf([{ status: 400, error: "no such thing" }]))
      expect(exit.code).toBe(1)
      expect(report).toMatchObject({ events: 1, last_step: null, quota: null })
      expect(report.error).toEqual({ name: "APIError", message: "no such thing", status: 400 })
    }),
  ))

test("a storm of 429 ends as a quota, with the time the provider named", () =>
  inWorld(
    Effect.gen(function* () {
      const { base, baseSession, model } = world
      const before = model.requests.length
      const step = { status: 429, error: "slow down", headers: { "retry-after-ms": "50", "retry-after": "1" } }
      const { exit, report } = yield* runTurn(base, baseSession, scriptOf([step]))
      expect(exit.code).toBe(1)
      expect(model.requests.length - before).toBeGreaterThan(3)
      expect(report.error?.status).toBe(429)
      expect(report.quota).toEqual({ retry_after_s: 0.05 })
    }),
  ))

test("while opencode waits for a quota, without an event, the report has the time of Retry-After", () =>
  inWorld(
    Effect.gen(function* () {
      const { base, baseSession } = world
      const step = { status: 429, error: "slow down", headers: { "retry-after": "5400" } }
      const { child, files } = yield* startTurn(base, baseSession, scriptOf([step]))
      yield* Effect.addFinalizer(() => Effect.sync(() => process.kill(child.pid, "SIGKILL")))
      const agent = yield* Agent
      let report = yield* agent.report(files)
      while (report.quota === null) {
        yield* Effect.sleep(50)
        report = yield* agent.report(files)
      }
      expect(report).toMatchObject({ events: 0, error: null, quota: { retry_after_s: 5400 } })
      const waitMs = Date.parse(report.quota!.again_at!) - Date.now()
      expect([waitMs > 5300_000, waitMs <= 5400_000]).toEqual([true, true])
    }).pipe(Effect.scoped),
  ))

test("a copy that is made without opencode has the same messages and parts as one that opencode makes", () =>
  inWorld(
    Effect.gen(function* () {
      const agent = yield* Agent
      const { home, place, session } = world
      const read = () => JSON.parse(fs.readFileSync(home.agent("issue").export, "utf8"))
      const theirs = read()
      yield* agent.keepStored("issue", session)
      const ours = read()
      expect(ours.messages).toEqual(theirs.messages)
      const { directory, id, slug, time, version } = theirs.info
      expect(ours.info).toEqual({ directory, id, slug, time, version })
      const said = Option.getOrThrow(yield* agent.conversation("issue", session))
      expect(said.messages).toHaveLength(theirs.messages.length)
      expect(said.messages.at(-1)).toMatchObject({ role: "assistant", content: "All is done." })
      expect(said.messages.flatMap(({ tools }) => tools)).toContain("bash: rm made.txt (error)")
      expect((yield* agent.remembers(place, session))?.messages).toBe(theirs.messages.length)
      expect(yield* agent.remembers({ ...place, directory: world.at("base") }, session)).toBeNull()
      expect(yield* agent.conversation("nobody", session)).toEqual(Option.none())
      const told = yield* agent.recount(world.turn.files)
      const spoken = (messages: typeof told) =>
        messages.filter(({ role }) => role === "assistant").flatMap(({ content, tools }) => [content, tools.length])
      expect(spoken(told)).toEqual(spoken(said.messages).slice(-spoken(told).length))
      yield* agent.keepExport(place, session)
    }),
  ))

test("a lost database is made again from the kept copy, and the next turn knows what was said, on the model named now", () =>
  inWorld(
    Effect.gen(function* () {
      const agent = yield* Agent
      const { place, session, model, home, prompt } = world
      for (const name of fs.readdirSync(home.agent("issue").dir)) {
        if (name.startsWith("opencode.db")) fs.rmSync(path.join(home.agent("issue").dir, name))
      }
      expect(yield* agent.ensureSession(place, { known: session, base: null })).toBe(session)
      const turn = yield* runTurn({ ...place, model: "scripted/two" }, session, "What did I say before?")
      expect(turn.report.last_step).toBe("stop")
      const request = model.requests.at(-1)!
      expect(bodyOf(request).model).toBe("two")
      expect(request.directory).toBe(world.worktree)
      expect(textsOf(request, "user")).toEqual(["This was told to the base.", prompt, "What did I say before?"])
      expect(textsOf(request, "tool")[0]).toBe(`${world.worktree}\n${world.worktree}\n`)
      yield* agent.keepExport(place, session)
      expect(fs.existsSync(path.join(home.agent("issue").dir, "export.previous.json"))).toBe(true)
    }),
  ))

test("a session of another directory starts no turn; asked for, it is bound to the new one with all that was said", () =>
  inWorld(
    Effect.gen(function* () {
      const agent = yield* Agent
      const { session, home } = world
      const moved = world.at("real worktrees", "moved")
      fs.mkdirSync(moved)
      const place = { ...world.place, directory: moved }
      for (const refused of [agent.verify(place, session), agent.turn(place, session, { debug: false })]) {
        const failure = yield* Effect.flip(refused)
        expect(failure).toMatchObject({ _tag: "SessionMisplaced", expected: moved, found: world.worktree, code: 73 })
      }
      const before = yield* readStored(home.agent("issue").database)
      expect(yield* agent.ensureSession(place, { known: session, base: null })).toBe(session)
      yield* agent.verify(place, session)
      const after = yield* readStored(home.agent("issue").database)
      if (before._tag !== "Sessions" || after._tag !== "Sessions") throw new Error("a session is missing")
      expect(after.sessions).toEqual([{ ...before.sessions[0]!, directory: moved }])
      const trashed = fs.readdirSync(home.trash).map((name) => fs.readdirSync(path.join(home.trash, name, "agent")))
      expect(trashed.filter((names) => names.includes("opencode.db"))).toHaveLength(1)
    }),
  ))

test("an agent whose session lives in another project never works there, and goes on in its own with all that was said", () =>
  inWorld(
    Effect.gen(function* () {
      const agent = yield* Agent
      const { home, model, session } = world
      const other = world.at("another project")
      const own = world.at("real worktrees", "its own")
      for (const dir of [other, own]) fs.mkdirSync(dir)
      const place = { ...world.place, directory: own }
      using db = new Database(home.agent("issue").database)
      db.run("UPDATE session SET directory = ?", [other])
      expect(yield* Effect.flip(agent.turn(place, session, { debug: false }))).toMatchObject({ found: other })

      const next = yield* agent.ensureSession(place, { known: session, base: null })
      expect(next).not.toBe(session)
      const write = { tool: "bash", args: { command: "pwd; echo x > written.txt", description: "a command" } }
      const turn = yield* runTurn(place, next, scriptOf([{ tools: [write] }, { text: "Written." }]))
      expect(turn.report).toMatchObject({ last_step: "stop", last_text: "Written." })
      expect([fs.readdirSync(other), fs.readdirSync(own)]).toEqual([[], ["written.txt"]])
      expect(model.requests.at(-1)).toMatchObject({ directory: own, session: next })
      expect(textsOf(model.requests.at(-1)!, "user")).toContain("This was told to the base.")

      const [id] = fs.readdirSync(home.quarantine)
      const { agent: kept, conversation } = home.quarantined(id!)
      expect(fs.readdirSync(kept)).toContain("opencode.db")
      expect(JSON.parse(fs.readFileSync(conversation, "utf8")).info).toMatchObject({ id: session, directory: other })
    }),
  ))

/** A person with a model of their own, and one turn. */
const oneTurn = Effect.fnUntraced(function* (
  options: Omit<PersonOptions, "baseURL"> & {
    readonly key?: string
    readonly role?: AgentPlace["role"]
    readonly host?: Readonly<Record<string, string>>
    readonly before?: (home: string) => Effect.Effect<void, unknown, EnvFiles>
  },
  prompt: string,
) {
  const root = yield* temporaryDirectory
  const model = yield* scriptedModel({ keepBodies: true, ...(options.key === undefined ? {} : { key: options.key }) })
  const person = personWithOpencode(path.join(root, "person"), { ...options, baseURL: model.baseURL })
  const layers = opencodeLayers(path.join(root, "home"), { ...person, ...options.host })
  return yield* Effect.gen(function* () {
    yield* options.before?.(person.HOME!) ?? Effect.void
    const place = yield* placeFor({
      name: "issue",
      directory: path.join(root, "worktree"),
      tmp: path.join(root, "tmp", "issue"),
      role: options.role ?? "dev",
    })
    const session = yield* (yield* Agent).ensureSession(place, { known: null, base: null })
    const turn = yield* runTurn(place, session, prompt)
    return { ...turn, model, place }
  }).pipe(Effect.provide(layers))
})

effectTest("a login made with opencode itself serves the agent", () =>
  Effect.gen(function* () {
    const { report } = yield* oneTurn(
      {
        key: "from auth.json",
        apiKey: null,
        before: (home) => Effect.sync(() => logIn(home, "scripted", "from auth.json")),
      },
      "hello",
    )
    expect(report).toMatchObject({ error: null, last_step: "stop" })
  }),
)

effectTest("a variable that the person's configuration names reaches opencode, and a key beside it does not", () =>
  Effect.gen(function* () {
    const { place, report } = yield* oneTurn(
      {
        key: "from the shell",
        apiKey: "{env:MY_MODEL_KEY}",
        host: { MY_MODEL_KEY: "from the shell", OPENAI_API_KEY: "of another provider" },
      },
      "hello",
    )
    expect(report).toMatchObject({ error: null, last_step: "stop" })
    expect(place.env.OPENAI_API_KEY).toBeUndefined()
  }),
)

effectTest("a provider's key in an env file serves the agent", () =>
  Effect.gen(function* () {
    const { report } = yield* oneTurn(
      {
        key: "from default.env",
        apiKey: null,
        provider: { env: ["SCRIPTED_API_KEY"] },
        before: () => EnvFiles.use((files) => files.set("default", "SCRIPTED_API_KEY", "from default.env")),
      },
      "hello",
    )
    expect(report).toMatchObject({ error: null, last_step: "stop" })
  }),
)

effectTest("the PM has no tool that edits, and runs no other command than kugetsu", () =>
  Effect.gen(function* () {
    const bash = (command: string) => ({ tool: "bash", args: { command, description: "a command" } })
    const { model } = yield* oneTurn(
      { role: "pm-agent" },
      scriptOf([{ tools: [bash("kugetsu list"), bash("echo written > file.txt")] }, { text: "done" }]),
    )
    expect(model.requests[0]!.tools).toContain("bash")
    for (const tool of ["edit", "write", "patch"]) expect(model.requests[0]!.tools).not.toContain(tool)
    const [allowed, denied] = textsOf(model.requests[1]!, "tool")
    expect(allowed).not.toContain("a rule which prevents you")
    expect(denied).toContain("a rule which prevents you")
  }),
)
