import { afterAll, beforeAll, expect, test } from "bun:test"
import { readStored } from "@kugetsu/core/opencode/SessionStorage"
import { carriersOf, identityOf } from "@kugetsu/core/system/ProcessTable"
import { Database } from "bun:sqlite"
import { Effect, Exit, Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { type ModelRequest, scriptOf, type ScriptStep } from "../kit/scriptedModel.ts"
import { realStageWith } from "../kit/stage.ts"

/** All that a person can wish to be asked about; nobody is there to answer. */
const askAlways = {
  permission: { "*": "ask", bash: { "*": "ask" }, external_directory: "ask", doom_loop: "ask" },
  agent: { build: { permission: { bash: "ask", edit: "ask" } }, general: { permission: { bash: "ask" } } },
}

/** Everything that a shell, an argument list, a template or a trim would spoil. */
const nasty = [
  "-rf --help 'single' \"double\" `backticks` $(touch made-by-shell) ${HOME} \\ back\\slash\r\n",
  "\ttab, @README.md, !`touch made-by-template`, {env:HOME} {file:/etc/hostname} %s 100% /init\n",
  "日本語 \u{1f319}\u{1f1ef}\u{1f1f5} e\u0301 \u202e \u0007 </text> <|im_end|>\n",
  "\n the last line ends in blanks  \n\n",
].join("")
const long = (word: string) => `${nasty}${word.repeat(200_000 / Buffer.byteLength(word))}${nasty}`

const bash = (command: string) => ({ tool: "bash", args: { command, description: "a command" } })

interface Answer {
  readonly run: string
  readonly outcome: string
  readonly evidence: ReadonlyArray<string>
  readonly session_id: string
  readonly [field: string]: unknown
}

interface ChatMessage {
  readonly role: string
  readonly content: string | null | ReadonlyArray<{ readonly text?: string }>
}

const textsOf = (request: ModelRequest, role: string): ReadonlyArray<string> =>
  (request.body as { readonly messages: ReadonlyArray<ChatMessage> }).messages
    .filter((message) => message.role === role)
    .map(({ content }) =>
      typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join(""),
    )

/** Of a machine that does much else. */
const patienceMs = 300_000
const scope = Scope.makeUnsafe()
const inScope = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Effect.runPromise(Scope.provide(effect, scope))

/**
 * A person whose opencode asks about everything, two repositories with a clone of each, and a base session that was made
 * by the person's own opencode in the clone of the second.
 */
const makeWorld = Effect.gen(function* () {
  const stage = yield* realStageWith({ person: { config: askAlways } })
  const cloneOf = (name: string) => {
    const clone = path.join(stage.home, "clones", name)
    stage.git.run(stage.home, "clone", "--quiet", stage.repository(name), clone)
    return clone
  }
  const clones = { tool: cloneOf("tool"), site: cloneOf("site") }

  const opencode = (args: ReadonlyArray<string>, stdout: string) =>
    Effect.promise(async () => {
      const child = Bun.spawn([stage.env.OPENCODE_BIN!, ...args], {
        cwd: clones.site,
        env: { ...stage.env, PWD: clones.site },
        stdin: "ignore",
        stdout: Bun.file(stdout),
        stderr: Bun.file(path.join(stage.home, "opencode.err")),
      })
      expect([args[0], await child.exited]).toEqual([args[0], 0])
    })
  yield* opencode(["run", "--format", "json", baseWords], path.join(stage.home, "base.jsonl"))
  const base = stage.model.requests.find(({ user }) => user.includes(baseWords))!.session!
  yield* opencode(["export", base], path.join(stage.kugetsuHome, "agents", "base", "export.json"))
  fs.appendFileSync(
    path.join(stage.kugetsuHome, "config"),
    "\nMAX_CONCURRENT_AGENTS=9\nTASK_STARTUP_TIMEOUT_MINUTES=2\nTASK_IDLE_TIMEOUT_MINUTES=2\n",
  )
  fs.mkdirSync(path.join(stage.home, "signs"))
  return { ...stage, clones, base, sign: (name: string) => path.join(stage.home, "signs", name) }
})

const baseWords = "This was told to the base."

let world: Effect.Success<typeof makeWorld>
beforeAll(async () => {
  world = await inScope(makeWorld)
  startLongest()
}, patienceMs)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const worldTest = <A, E>(name: string, body: () => Effect.Effect<A, E, Scope.Scope>) =>
  test(name, () => inScope(Effect.suspend(body)).then(() => undefined), patienceMs)

const requestsOf = (session: string) => world.model.requests.filter((request) => request.session === session)

const until = Effect.fnUntraced(function* <A>(look: () => A | null | undefined | false) {
  for (;;) {
    const found = look()
    if (found !== null && found !== undefined && found !== false) return found
    yield* Effect.sleep(20)
  }
})

/** Starts an issue in the worst of places: inside the other repository, with variables that name it. */
const startIn = (clone: string, ref: string, message: string) =>
  Effect.map(
    world.json(["start", ref, message], {
      cwd: clone,
      env: { PWD: clone, OLDPWD: clone, GIT_DIR: path.join(clone, ".git"), GIT_WORK_TREE: clone },
    }),
    ({ answer, code }) => ({ code, answer: answer as Answer }),
  )

worldTest("two issues of two repositories work at once, each in its own worktree, session and branch", () =>
  Effect.gen(function* () {
    const issues = [
      { name: "tool", other: "site", id: "1" },
      { name: "site", other: "tool", id: "2" },
    ] as const
    const ended = yield* Effect.forEach(
      issues,
      ({ id, name, other }) =>
        startIn(
          world.clones[other],
          `example.org/ann/${name}#${id}`,
          world.say(
            "Make a file.",
            bash(
              [
                `echo here > "$HOME/signs/${name}"; until [ -e "$HOME/signs/${other}" ]; do sleep 0.05; done`,
                "pwd -P; echo $PWD; git rev-parse --show-toplevel; git branch --show-current",
                `echo ${name} > made.txt; git add -A; git commit -qm '#${id}: work'; git push -q origin HEAD`,
              ].join("; "),
            ),
            { text: "Done." },
          ),
        ),
      { concurrency: 2 },
    )
    for (const [at, { id, name, other }] of issues.entries()) {
      const { answer, code } = ended[at]!
      const branch = `fix/issue-${id}`
      const worktree = world.worktree(name, id)
      expect([code, answer.outcome, answer.worktree_path, answer.branch_name]).toEqual([
        0,
        "committed",
        worktree,
        branch,
      ])
      expect(answer.evidence).toContain("pushed")

      const requests = requestsOf(answer.session_id)
      expect(requests.map((request) => request.directory)).toEqual([worktree, worktree])
      expect(textsOf(requests[1]!, "tool")[0]).toBe(`${[worktree, worktree, worktree, branch].join("\n")}\n`)
      expect(textsOf(requests[0]!, "user")[0]).toContain(baseWords)

      const remote = path.join(world.git.dir, `${name}.git`)
      expect(world.git.run(remote, "log", "--format=%an %s", `main..${branch}`)).toBe(`Ann #${id}: work`)
      expect(world.git.run(remote, "show", `${branch}:made.txt`)).toBe(name)
      expect(world.git.run(remote, "for-each-ref", "--format=%(refname)")).toBe(`refs/heads/${branch}\nrefs/heads/main`)

      const database = path.join(world.kugetsuHome, "agents", path.basename(worktree), "opencode.db")
      expect(yield* readStored(database)).toMatchObject({
        sessions: [{ id: answer.session_id, directory: worktree }],
      })
      expect(world.git.run(world.clones[other], "status", "--porcelain", "--branch")).toBe("## main...origin/main")
    }
    const sessions = [world.base, ...ended.map(({ answer }) => answer.session_id)]
    expect(new Set(sessions).size).toBe(3)
  }),
)

worldTest("the home of a first kugetsu, whose base session is of another repository, gives a session of its own", () =>
  Effect.gen(function* () {
    const home = path.join(world.home, "-first 月 home")
    const write = (name: string, record: unknown) => {
      fs.mkdirSync(path.dirname(path.join(home, name)), { recursive: true })
      fs.writeFileSync(path.join(home, name), JSON.stringify(record))
    }
    const made = { created_at: "2026-03-29T18:10:02+02:00", state: "idle" }
    write("index.json", { base: world.base, pm_agent: "ses_pm", issues: {} })
    write("sessions/base.json", { type: "base", opencode_session_id: world.base, ...made })
    write("sessions/pm-agent.json", { type: "pm_agent", opencode_session_id: "ses_pm", ...made })
    write("repos.json", { "example.org/ann/tool": path.join(world.git.dir, "tool.git") })

    using personal = new Database(path.join(world.home, ".local/share/opencode/opencode.db"), { readonly: true })
    const all = () => personal.query("SELECT id, directory, (SELECT count(*) FROM message) FROM session").values()
    const before = all()
    const { code, answer } = yield* world.json(
      ["start", "example.org/ann/tool#9", world.say("Look.", bash("pwd"), { text: "Looked." })],
      { cwd: world.clones.site, env: { KUGETSU_DIR: home, PWD: world.clones.site } },
    )
    const worktree = path.join(home, "worktrees", "example.org-ann-tool-9")
    expect([code, answer.outcome, answer.worktree_path]).toEqual([0, "no_change", worktree])
    expect(textsOf(requestsOf(answer.session_id)[1]!, "tool")[0]).toBe(`${worktree}\n`)
    expect(answer.session_id).not.toBe(world.base)
    expect(all()).toEqual(before)
    expect(before.map(([id, directory]) => [id, directory])).toEqual([[world.base, world.clones.site]])
  }),
)

worldTest("a message arrives at the model byte for byte: from words, from a file, and from standard input", () =>
  Effect.gen(function* () {
    const file = path.join(world.home, "task.md")
    fs.writeFileSync(file, long("月"))
    const ref = "example.org/ann/tool#3"
    const ways = [
      { words: ["start", ref, "--json", "--", nasty], message: nasty, stdin: "not this" },
      { words: ["continue", ref, "--json", "--file", file], message: long("月"), stdin: "not this" },
      { words: ["continue", ref, "--json", "-"], message: long("\u{1f319}"), stdin: long("\u{1f319}") },
    ]
    for (const { message, stdin, words } of ways) {
      const { code, stdout } = yield* world.run(words, { stdin, cwd: world.clones.site })
      const answer = JSON.parse(stdout) as Answer
      expect([code, answer.outcome]).toEqual([0, "no_change"])
      const { user } = requestsOf(answer.session_id).at(-1)!
      expect(user.endsWith(`\n\n## Message\n\n${message}`)).toBe(true)
    }
    expect(fs.readdirSync(world.worktree("tool", "3")).sort()).toEqual([".git", "README.md"])
  }),
)

/** Leaves three processes behind: the tool itself, one in a session of its own, and one that also drops its variables. */
const lingering = (name: string): ScriptStep =>
  bash(
    [
      `setsid sleep 600 & echo $! > "$HOME/signs/${name}.setsid"`,
      `env -i setsid sleep 600 & echo $! > "$HOME/signs/${name}.bare"`,
      `echo $$ > "$HOME/signs/${name}.tool"; sleep 600`,
    ].join("\n"),
  )

/** The processes that `lingering` left, once they are there. */
const lingerers = (name: string) =>
  Effect.forEach(["setsid", "bare", "tool"], (kind) =>
    until(() => {
      const file = world.sign(`${name}.${kind}`)
      return (
        fs.existsSync(file) && fs.readFileSync(file, "utf8").endsWith("\n") && Number(fs.readFileSync(file, "utf8"))
      )
    }),
  )

/** An opencode that forgets what kugetsu told it of permissions, and so asks as its person wishes. */
const forgetful = (directory: string, opencode: string): string => {
  const program = path.join(directory, "forgetful opencode")
  const forget = `const { Database } = require("bun:sqlite")
new Database(process.env.OPENCODE_DB).run("UPDATE session SET permission = NULL")`
  fs.writeFileSync(path.join(directory, "forget.cjs"), forget)
  fs.writeFileSync(
    program,
    `#!/bin/sh
if [ "$1" = run ]; then
  unset OPENCODE_CONFIG_CONTENT
  '${process.execPath}' '${directory}/forget.cjs'
  for word do shift; [ "$word" = --auto ] || set -- "$@" "$word"; done
fi
exec '${opencode}' "$@"
`,
    { mode: 0o755 },
  )
  return program
}

interface Fault {
  readonly name: string
  readonly steps: ReadonlyArray<ScriptStep>
  /** An issue of its own where none is named. */
  readonly ref?: string
  readonly env?: () => Readonly<Record<string, string>>
  /** Done while the agent works. */
  readonly meanwhile?: (run: string) => void
  /** The name that `lingering` was given. */
  readonly leaves?: string
  readonly outcome: string
  readonly code: number
  readonly evidence: RegExp
}

const killAgent = (run: string) => {
  const { agent } = JSON.parse(fs.readFileSync(path.join(world.kugetsuHome, "runs", run, "agent.json"), "utf8"))
  process.kill(agent.pid, "SIGKILL")
}

const faults: ReadonlyArray<Fault> = [
  {
    name: "a stream that is cut off at each of opencode's tries has failed, with opencode's words",
    steps: [{ text: "this sentence is never finished by anybody", drop: true }],
    outcome: "failed",
    code: 1,
    evidence: /Connection reset by server.*; \d events/,
  },
  {
    name: "a request that the model refuses has failed, with its words and its status",
    steps: [{ status: 400, error: "no such thing" }],
    outcome: "failed",
    code: 1,
    evidence: /APIError \(HTTP 400\): no such thing/,
  },
  {
    name: "a 429 for hours ends as a wait for the quota, with the time of Retry-After, and nobody waits for it",
    steps: [{ status: 429, error: "slow down", headers: { "retry-after": "5400" } }],
    outcome: "quota_wait",
    code: 69,
    evidence: /quota, for another 5400 s/,
  },
  {
    name: "a model that takes the request and never answers is idle, before its first event",
    steps: [{ hang: true }],
    // the same clock runs while worktree and session are made, so both are there already
    ref: "example.org/ann/tool#3",
    env: () => ({ TASK_STARTUP_TIMEOUT_MINUTES: "0.25" }),
    outcome: "idle_timed_out",
    code: 1,
    evidence: /no first event within 15 s .*; 0 events/,
  },
  {
    name: "an opencode that is killed with -9 while a tool runs has failed by that signal, and nothing is left",
    steps: [lingering("killed")],
    meanwhile: killAgent,
    leaves: "killed",
    outcome: "failed",
    code: 1,
    evidence: /killed by SIGKILL/,
  },
  {
    name: "a tool that falls silent for ever is idle, and nothing of the run is left",
    steps: [lingering("silent")],
    env: () => ({ TASK_IDLE_TIMEOUT_MINUTES: "0.1" }),
    leaves: "silent",
    outcome: "idle_timed_out",
    code: 1,
    evidence: /no output and no work of any process for 6 s/,
  },
  {
    name: "a permission that opencode asks for all the same needs a person, and is named",
    steps: [bash("echo asked > made.txt"), { text: "never said" }],
    env: () => ({ OPENCODE_BIN: forgetful(world.sign(""), world.env.OPENCODE_BIN!) }),
    outcome: "needs_input",
    code: 1,
    evidence: /permission nobody was there to give: bash \(echo asked/,
  },
  {
    name: "what the person's opencode asks about is done in a run, by agents of the agent too",
    steps: [
      {
        tool: "task",
        args: {
          description: "some work",
          subagent_type: "general",
          prompt: `Commit.\n${scriptOf([bash("echo x > made.txt; git add -A; git commit -qm '#7: work'"), { text: "Done." }])}`,
        },
      },
      { text: "All done." },
    ],
    outcome: "committed",
    code: 0,
    evidence: /1 commit; not pushed/,
  },
]

interface Ended {
  readonly answer: Answer
  readonly code: number
  /** What is left of the run. */
  readonly alive: ReadonlyArray<number>
}

const runFault = Effect.fnUntraced(function* (fault: Fault) {
  const { env, leaves, meanwhile, steps } = fault
  const issue = 20 + faults.indexOf(fault)
  const child = world.start(
    ["start", fault.ref ?? `example.org/ann/site#${issue}`, world.say("Go.", ...steps), "--json"],
    { env: env?.() ?? {} },
  )
  const pids = leaves === undefined ? [] : yield* lingerers(leaves)
  if (meanwhile !== undefined) {
    const record = path.join(world.kugetsuHome, "sessions", `example.org-ann-site-${issue}.json`)
    meanwhile(JSON.parse(fs.readFileSync(record, "utf8")).run)
  }
  const answer = JSON.parse(yield* Effect.promise(() => new Response(child.stdout).text())) as Answer
  return {
    answer,
    code: yield* Effect.promise(() => child.exited),
    alive: [...carriersOf("KUGETSU_RUN", answer.run), ...pids.filter((pid) => identityOf(pid) !== null)],
  } satisfies Ended
})

const [longest, ...shorter] = faults
/** opencode waits 65 s in all between its tries, so this one goes on beside everything else. */
const startLongest = () => void ended.set(longest!, inScope(runFault(longest!)))
const startShorter = () => {
  const all = inScope(Effect.forEach(shorter, runFault, { concurrency: 3 }))
  for (const [at, fault] of shorter.entries())
    ended.set(
      fault,
      all.then((each) => each[at]!),
    )
}
const ended = new Map<Fault, Promise<Ended>>()

for (const fault of [...shorter, longest!]) {
  test(
    fault.name,
    async () => {
      if (!ended.has(fault)) startShorter()
      const { alive, answer, code } = await ended.get(fault)!
      expect([answer.outcome, code, alive]).toEqual([fault.outcome, fault.code, []])
      expect(answer.evidence.join("; ")).toMatch(fault.evidence)
    },
    patienceMs,
  )
}

test("what is kept is for the person alone, and all of it is in KUGETSU_DIR", () => {
  const names = fs.readdirSync(world.kugetsuHome, { recursive: true, encoding: "utf8" })
  // the modes of what git keeps there are git's, below a directory that nobody else may enter
  const kept = ["", ...names.filter((name) => !/^(worktrees|repos)\/./.test(name))]
  expect(kept).toContain("agents/example.org-ann-tool-1/opencode.db")
  expect(kept.filter((name) => (fs.lstatSync(path.join(world.kugetsuHome, name)).mode & 0o077) !== 0)).toEqual([])
  expect(fs.readdirSync(world.home)).not.toContain(".kugetsu")
})
