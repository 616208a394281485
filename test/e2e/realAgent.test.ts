import { afterAll, beforeAll, expect, test } from "bun:test"
import { readStored } from "@kugetsu/core/opencode/SessionStorage"
import { carriersOf, identityOf } from "@kugetsu/core/system/ProcessTable"
import { Database } from "bun:sqlite"
import { Effect, Exit, Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { realStageWith } from "../kit/stage.ts"
import type { ModelRequest, ScriptStep } from "../kit/scriptedModel.ts"

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
const long = (word: string) => `${nasty}${word.repeat(200_000 / word.length)}${nasty}`

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

const scope = Effect.runSync(Scope.make())
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
  fs.mkdirSync(path.join(stage.home, "signs"))
  return { ...stage, clones, base, sign: (name: string) => path.join(stage.home, "signs", name) }
})
const baseWords = "This was told to the base."

let world: Effect.Success<typeof makeWorld>
beforeAll(async () => {
  world = await inScope(makeWorld)
}, 60_000)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

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

test("two issues of two repositories work at once, each in its own worktree, session and branch", () =>
  inScope(
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
        expect(world.git.run(remote, "for-each-ref", "--format=%(refname)")).toBe(
          `refs/heads/${branch}\nrefs/heads/main`,
        )

        const database = path.join(world.kugetsuHome, "agents", path.basename(worktree), "opencode.db")
        expect(yield* readStored(database)).toMatchObject({
          sessions: [{ id: answer.session_id, directory: worktree }],
        })
        expect(world.git.run(world.clones[other], "status", "--porcelain", "--branch")).toBe("## main...origin/main")
      }
      const sessions = [world.base, ...ended.map(({ answer }) => answer.session_id)]
      expect(new Set(sessions).size).toBe(3)
    }),
  ))

test("what a person's opencode is told to ask about, it does not ask in a run", () => {
  expect(world.model.requests.filter(({ user }) => user.includes("Make a file.")).length).toBeGreaterThanOrEqual(4)
})

test("the home of a first kugetsu, whose base session is of another repository, gives a session of its own", () =>
  inScope(
    Effect.gen(function* () {
      const home = path.join(world.home, "first home")
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
  ))

test("a message arrives at the model byte for byte: from words, from a file, and from standard input", () =>
  inScope(
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
  ))
