import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect, Exit, Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { fakeGitea } from "../kit/forges/fakeGitea.ts"
import { soon } from "../kit/pullRequestStage.ts"
import { type ModelRequest, scriptOf } from "../kit/scriptedModel.ts"
import { realStageWith } from "../kit/stage.ts"

/** Of a machine that does much else. */
const patienceMs = 300_000
const TOKEN = "t0ken-of-the-pm"
const ISSUE = 69
const COMMENT = 'It\'s done:\n\n- `src/a.ts` costs $5 & more; see #12 | "quoted"\n- 日本語 \u{1f319}'

const bash = (command: string, rest: object = {}) => ({
  tool: "bash",
  args: { command, description: "a command", ...rest },
})

/** In a shell that is one, each would leave a file `sign` in the PM's directory. */
const attacks: ReadonlyArray<string> = [
  "touch sign",
  "/usr/bin/touch sign",
  "kugetsu list; touch sign",
  "kugetsu list && touch sign",
  "kugetsu list || touch sign",
  "kugetsu list & touch sign",
  "kugetsu list\ntouch sign",
  "kugetsu list | tee sign",
  "kugetsu list > sign",
  "kugetsu list 2>> sign",
  "kugetsu list >| sign",
  "> sign",
  "[[ -n x ]] > sign",
  "cd / > sign",
  "X=1 kugetsu list > sign",
  "env X=1 kugetsu list > sign",
  "KUGETSU_RUN= kugetsu list > sign",
  'kugetsu list "$(touch sign)"',
  "kugetsu list `touch sign`",
  "kugetsu list ${X:=$(touch sign)}",
  "kugetsu list <(touch sign)",
  "kugetsu list <<EOF\n$(touch sign)\nEOF",
  "kugetsu() { touch sign; }; kugetsu list",
  "alias kugetsu='touch sign'\nkugetsu list",
  "( kugetsu list > sign )",
  "if true; then kugetsu list > sign; fi",
  "sh -c 'kugetsu list; touch sign'",
  'eval "touch sign"',
  "exec touch sign",
]

/** Commands of kugetsu that are for people. */
const forPeople = (ref: string): ReadonlyArray<string> => [
  "kugetsu env get KUGETSU_TOKEN_127_0_0_1 pm-agent",
  "kugetsu env show pm-agent",
  "kugetsu env set PATH x pm-agent",
  "kugetsu git-credential get",
  `kugetsu destroy ${ref} --force -y`,
  "kugetsu destroy --pm-agent -y",
  "kugetsu init --force --no-probe",
  "kugetsu prune --force",
  "kugetsu queue-daemon stop",
  "kugetsu queue pause",
  "kugetsu queue clear --all",
  "kugetsu notify clear",
  `kugetsu comment ${ref} --file /etc/hostname`,
  "kugetsu delegate --pm again",
  "kugetsu pm-shell -c 'touch sign'",
]

interface ChatMessage {
  readonly role: string
  readonly content: string
}
const toolsSaid = (request: ModelRequest): ReadonlyArray<string> =>
  (request.body as { readonly messages: ReadonlyArray<ChatMessage> }).messages
    .filter(({ role }) => role === "tool")
    .map(({ content }) => content)

const scope = Scope.makeUnsafe()
const inScope = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) => Effect.runPromise(Scope.provide(effect, scope))

/** Two repositories are known, so that a number alone is for the PM to place; its own instructions hold the script. */
const makeWorld = Effect.gen(function* () {
  // the person wishes for a shell, and for every permission
  const stage = yield* realStageWith({ person: { config: { shell: "/bin/bash", permission: "allow" } } })
  const forge = yield* fakeGitea({ token: TOKEN })
  while (forge.repository.createIssue() < ISSUE);
  const at = (...parts: ReadonlyArray<string>) => path.join(stage.kugetsuHome, ...parts)
  const host = new URL(forge.url).host
  const ref = `${host}/kdev/demo#${ISSUE}`
  fs.writeFileSync(at("servers.json"), JSON.stringify({ servers: [{ name: "forge", url: forge.url, type: "gitea" }] }))
  fs.writeFileSync(at("repos.json"), JSON.stringify({ [`${host}/kdev/demo`]: "x", [`${host}/kdev/other`]: "x" }))
  fs.writeFileSync(at("env", "dev.env"), "KUGETSU_TOKEN_127_0_0_1=of-somebody-else\n")
  fs.writeFileSync(at("env", "pm-agent.env"), `KUGETSU_TOKEN_127_0_0_1=${TOKEN}\n`)
  const wrong = [
    ...[...attacks, ...forPeople(ref)].map((command) => bash(command)),
    bash("kugetsu list", { workdir: "/usr" }),
    { tool: "write", args: { filePath: path.join(at("pm"), "sign"), content: "made" } },
    { tool: "edit", args: { filePath: at("config"), oldString: "#", newString: "!" } },
    { tool: "read", args: { filePath: at("env", "pm-agent.env") } },
    { tool: "webfetch", args: { url: forge.url, format: "text" } },
    { tool: "task", args: { description: "x", prompt: "x", subagent_type: "general" } },
  ]
  const right = [
    bash("kugetsu list --json"),
    bash("kugetsu queue enqueue --not-before 2h " + ref + " 'mend it, & tell\nwhat you did'"),
    bash(`  kugetsu comment ${ref} '${COMMENT.replaceAll("'", `'\\''`)}'  `),
  ]
  const script = [{ tools: wrong }, { tools: right }, { text: `I wrote into ${ref}.\nIt is open.` }]
  fs.writeFileSync(at("pm-agent.md"), `You are our own PM.\n${scriptOf(script)}\n`)
  const filesBefore = [at("config"), at("env", "pm-agent.env")].map((file) => fs.readFileSync(file, "utf8"))
  const message = `post comment on #${ISSUE}`
  const delegated = yield* stage.json(["delegate", message])
  const daemon = stage.start(["queue-daemon", "run", "--quiet"])
  yield* Effect.addFinalizer(() =>
    Effect.promise(() => {
      daemon.kill("SIGTERM")
      return daemon.exited
    }),
  )
  yield* soon(() => fs.readFileSync(at("notifications.json"), "utf8").includes("task_completed"))
  const turn = stage.model.requests.filter(({ purpose }) => purpose === "turn")
  const answers = toolsSaid(turn.at(-1)!)
  return {
    ...stage,
    at,
    delegated,
    filesBefore,
    forge,
    message,
    ref,
    turn,
    refused: wrong.map((call, at) => ({ call: JSON.stringify(call.args), said: answers[at] ?? "" })),
    done: answers.slice(wrong.length),
  }
})

let world: Effect.Success<typeof makeWorld>
beforeAll(async () => {
  world = await inScope(makeWorld)
}, patienceMs)
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), patienceMs)

test("a number that may be in several repositories goes to the PM, who is told which, after its own instructions", () => {
  const { at, delegated, message, ref, turn } = world
  const [demo] = ref.split("#")
  expect(delegated.answer).toMatchObject({ issue_ref: null, state: "pending" })
  expect(delegated.stderr).toStartWith(`For the PM, since #${ISSUE} may be in ${demo}, `)
  const prompt = turn[0]!.user
  expect(prompt).toStartWith("You are our own PM.\n")
  expect(prompt).toContain(`#${ISSUE} may be in ${demo}, `)
  expect(prompt).toEndWith(`\n\n## Message\n\n${message}`)
  expect(turn.map(({ directory }) => directory)).toEqual([at("pm"), at("pm"), at("pm")])
})

test("the PM has tools that look, a shell, and none that writes or reaches out", () => {
  for (const { tools } of world.turn) expect(tools.toSorted()).toEqual(["bash", "glob", "grep", "read", "todowrite"])
})

test("whatever line its shell is given, nothing is run but a command of kugetsu that is for the PM", () => {
  const { at, filesBefore, kugetsuHome, refused } = world
  for (const { call, said } of refused) {
    expect([call, said]).toEqual([
      call,
      expect.stringMatching(
        /prevents you from using this|nothing was run|for the PM|PM gives texts|only a task for one|unavailable tool/,
      ),
    ])
    expect(said).not.toContain(TOKEN)
  }
  expect(fs.readdirSync(at("pm"))).toEqual(["shell"])
  expect([at("config"), at("env", "pm-agent.env")].map((file) => fs.readFileSync(file, "utf8"))).toEqual([
    ...filesBefore,
  ])
  expect(fs.readdirSync(path.join(kugetsuHome, "sessions")).sort()).toEqual(["base.json", "pm-agent.json"])
})

test("it looks, leaves a task, and writes a comment byte for byte in its own name", () => {
  const { done, forge, ref } = world
  expect(JSON.parse(done[0]!)).toMatchObject([{ type: "base" }, { type: "pm_agent", state: "active" }])
  expect(done[1]).toMatch(/^q_\d+_\w+\n$/)
  expect(done[2]).toStartWith(`${forge.url}/kdev/demo/issues/${ISSUE}#`)
  expect(forge.repository.thread(ISSUE).comments.map(({ body }) => body)).toEqual([COMMENT])
  expect(ref).toContain("kdev/demo")
})

test("its answer is a notification and in the logs, and the task it left waits for its issue", async () => {
  const { json, message, ref } = world
  const [news, logs, queue] = await inScope(
    Effect.all([json(["notify", "list"]), json(["logs"]), json(["queue", "list"])]),
  )
  const answer = `I wrote into ${ref}.\nIt is open.`
  expect(news.answer.at(-1)).toMatchObject({ type: "task_completed", message: answer, issue_ref: null })
  const [run] = logs.answer
  expect(run).toMatchObject({ issue_ref: null, outcome: "no_change", message })
  const { stdout } = await inScope(world.run(["logs", run.run]))
  expect(stdout).toContain("It is open.")
  expect(queue.answer).toMatchObject([
    { issue_ref: null, state: "completed" },
    { issue_ref: ref, state: "pending", message: "mend it, & tell\nwhat you did" },
  ])
})
