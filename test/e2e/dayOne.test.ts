import { afterAll, beforeAll, expect, test } from "bun:test"
import { Effect, Exit, Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { gitHttpServer } from "../kit/gitHttpServer.ts"
import { logIn } from "../kit/opencode.ts"
import type { ModelRequest, ScriptStep } from "../kit/scriptedModel.ts"
import { sshAgent, sshd, sshServer } from "../kit/sshServer.ts"
import { realStageWith } from "../kit/stage.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const gitToken = `git-${randomUUID()}`
const modelKey = `model-${randomUUID()}`

interface Started {
  readonly code: number
  readonly answer: {
    readonly run: string
    readonly outcome: string
    readonly evidence: ReadonlyArray<string>
    readonly failure: { readonly error: string; readonly message: string; readonly remedy: string } | null
    readonly worktree_path: string
  }
  /** What came to the model meanwhile. */
  readonly requests: ReadonlyArray<ModelRequest>
}

/** Every argument list of any process, seen while somebody worked. */
const commandLines = new Set<string>()
const noteCommandLines = () => {
  for (const pid of fs.readdirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue
    try {
      commandLines.add(fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "))
    } catch {
      continue // ended meanwhile
    }
  }
}

const bash = (command: string): ScriptStep => ({ tool: "bash", args: { command, description: "a command" } })

/** Everything that an agent needs its remote and its name for. */
const work = (issue: number) => [
  bash(`git fetch origin && ls; echo x > made.txt; git add -A; git commit -qm '#${issue}: work'; git push origin HEAD`),
  { text: "Done." },
]

/** A person whose model demands a key, and who sets up one thing after the other. */
const makeWorld = Effect.gen(function* () {
  const stage = yield* realStageWith({
    model: { key: modelKey, onRequest: noteCommandLines },
    person: { apiKey: null, provider: { env: ["SCRIPTED_API_KEY"] } },
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => setInterval(noteCommandLines, 50)),
    (timer) => Effect.sync(() => clearInterval(timer)),
  )
  const inKugetsuHome = (name: string) => path.join(stage.kugetsuHome, name)
  const setVariable = (key: string, value: string) => stage.run(["env", "set", key, "-"], { stdin: value })
  const remote = stage.git.remote("private.git")
  const startAt = Effect.fnUntraced(function* (url: string, issue: number, env: Readonly<Record<string, string>>) {
    const repository = `example.org/ann/over-${new URL(url).protocol.slice(0, -1)}`
    fs.writeFileSync(inKugetsuHome("repos.json"), JSON.stringify({ [repository]: url }))
    const before = stage.model.requests.length
    const words = ["start", `${repository}#${issue}`, stage.say("Go.", ...work(issue))]
    const { answer, code } = yield* stage.json(words, { env })
    return { code, answer, requests: stage.model.requests.slice(before) } as Started
  })

  const server = yield* gitHttpServer({ root: stage.git.dir, token: gitToken })
  const start = (issue: number, env: Readonly<Record<string, string>> = {}) =>
    startAt(`${server.url}/private.git`, issue, env)
  const tokenMissing = yield* start(1)
  const [, variable = "NONE"] = /kugetsu env set (\S+) -/.exec(tokenMissing.answer.failure?.remedy ?? "") ?? []
  yield* setVariable(variable, "wrong")
  const tokenWrong = yield* start(1)
  yield* setVariable(variable, `${gitToken}\n`)

  logIn(stage.home, "scripted", modelKey)
  const overHttp = yield* start(1)
  fs.rmSync(path.join(stage.home, ".local/share/opencode/auth.json"))

  stage.git.commit(remote, "main", { "news.md": "what is new" })
  const configuration = path.join(stage.home, ".config/opencode/opencode.json")
  const keyless = fs.readFileSync(configuration, "utf8")
  fs.writeFileSync(configuration, keyless.replace('"options": {', '"options": { "apiKey": "{env:MY_MODEL_KEY}",'))
  const withoutName = { MY_MODEL_KEY: modelKey, GIT_CONFIG_GLOBAL: "/dev/null" }
  const nobody = yield* start(2, withoutName)
  fs.appendFileSync(inKugetsuHome("config"), "\nGIT_AUTHOR_NAME=Robot\nGIT_AUTHOR_EMAIL=robot@example.org\n")
  const overHttpAgain = yield* start(2, withoutName)
  fs.writeFileSync(configuration, keyless)

  yield* setVariable("SCRIPTED_API_KEY", modelKey)
  const ssh = yield* sshPart((url, env) => startAt(url + encodeURI(remote), 3, env))
  return { ...stage, remote, server, variable, tokenMissing, tokenWrong, overHttp, nobody, overHttpAgain, ssh }
})

/** The same remote over SSH, first without a key and then with one in an agent; every use of ssh is recorded. */
const sshPart = Effect.fnUntraced(function* (
  start: (url: string, env: Readonly<Record<string, string>>) => Effect.Effect<Started>,
) {
  if (sshd === null) return null
  const dir = yield* temporaryDirectory
  const server = yield* sshServer(dir)
  const log = path.join(dir, "calls")
  fs.mkdirSync(path.join(dir, "bin"))
  fs.writeFileSync(path.join(dir, "bin/ssh"), `#!/bin/sh\necho "$*" >> '${log}'\nexec ssh "$@"\n`, { mode: 0o755 })
  const env = { GIT_SSH_COMMAND: `'${dir}/bin/'${server.keylessCommand}` }
  const keyMissing = yield* start(server.url, env)
  const overSsh = yield* start(server.url, { ...env, SSH_AUTH_SOCK: yield* sshAgent(dir) })
  return {
    keyMissing,
    overSsh,
    calls: fs.readFileSync(log, "utf8").trimEnd().split("\n"),
    knownHosts: server.knownHosts,
  }
})

const scope = Scope.makeUnsafe()
let world: Effect.Success<typeof makeWorld>
beforeAll(async () => {
  world = await Effect.runPromise(Scope.provide(makeWorld, scope))
}, 300_000) // of a machine that does much else
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** Nothing was asked of the model, and no agent was started. */
const expectRefused = ({ answer, code, requests }: Started, error: string) => {
  expect([code, answer.outcome, answer.failure?.error, requests.length]).toEqual([69, "failed", error, 0])
  expect(fs.readdirSync(path.join(world.kugetsuHome, "runs", answer.run))).not.toContain("started.json")
}

/** The commit of an issue's agent is on the remote, and kugetsu saw it there. */
const expectWorked = ({ answer, code }: Started, issue: number, author: string) => {
  expect([code, answer.outcome, answer.evidence.includes("pushed")]).toEqual([0, "committed", true])
  const tip = world.git.run(world.remote, "log", "-1", "--format=%an <%ae>, %cn: %s", `fix/issue-${issue}`)
  expect(tip).toBe(`${author}: #${issue}: work`)
}

const expectKeyUsed = ({ requests }: Started) => {
  expect(requests.length).toBeGreaterThanOrEqual(2)
  expect(new Set(requests.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${modelKey}`]))
}

test("a private repository without a token, or with a wrong one, is exit 69 with the remedy before any agent starts", () => {
  for (const refused of [world.tokenMissing, world.tokenWrong]) {
    expectRefused(refused, "RemoteUnreachable")
    expect(refused.answer.failure?.remedy).toContain(`kugetsu env set ${world.variable} -`)
  }
  expect(world.variable).toStartWith("KUGETSU_TOKEN_127_0_0_1")
})

test("the token that the remedy asks for lets kugetsu clone, fetch and look, and the agent fetch and push", () => {
  expectWorked(world.overHttp, 1, "Ann <ann@example.org>, Ann")
  expectWorked(world.overHttpAgain, 2, "Robot <robot@example.org>, Robot")
  expect(fs.existsSync(path.join(world.overHttp.answer.worktree_path, "news.md"))).toBe(false)
  expect(fs.existsSync(path.join(world.overHttpAgain.answer.worktree_path, "news.md"))).toBe(true)
  const served = world.server.requests.filter(({ status }) => status === 200)
  expect(new Set(served.map(({ username }) => username))).toEqual(new Set(["kugetsu"]))
  expect(served.filter(({ url }) => url === "/private.git/git-receive-pack")).toHaveLength(2)
})

test("commits are made in the name that git knows, else in that of the config file; without any no agent starts", () => {
  expectWorked(world.overHttp, 1, "Ann <ann@example.org>, Ann")
  expectRefused(world.nobody, "IdentityMissing")
  expect(world.nobody.answer.failure?.remedy).toContain("git config --global user.name")
  expectWorked(world.overHttpAgain, 2, "Robot <robot@example.org>, Robot")
})

test("the model's key comes from opencode's own login, or from a variable that its configuration names", () => {
  expectKeyUsed(world.overHttp)
  expectKeyUsed(world.overHttpAgain)
})

const sshTest = (name: string, body: (ssh: NonNullable<typeof world.ssh>) => void) =>
  sshd === null
    ? test.skip(`${name} (needs sshd: apt-get install openssh-server)`, () => undefined)
    : test(name, () => body(world.ssh!))

sshTest("over SSH a key in the person's agent serves kugetsu and the agent alike, and nobody is ever asked", (ssh) => {
  expectWorked(ssh.overSsh, 3, "Ann <ann@example.org>, Ann")
  expect(ssh.calls.filter((call) => call.includes("git-receive-pack"))).toHaveLength(1)
  expect(ssh.calls.filter((call) => !/-o BatchMode=yes -o StrictHostKeyChecking=accept-new/.test(call))).toEqual([])
  expect(fs.readFileSync(ssh.knownHosts, "utf8")).toContain("ssh-ed25519")
})

sshTest("over SSH without a key it is exit 69 with the remedy before any agent starts", (ssh) => {
  expectRefused(ssh.keyMissing, "RemoteUnreachable")
  expect(ssh.keyMissing.answer.failure?.remedy).toContain("ssh-add -l")
})

sshTest("the model's key may come from an env file", (ssh) => expectKeyUsed(ssh.overSsh))

test("no token and no key is in any argument list", () => {
  const seen = [...commandLines, ...world.server.commandLines]
  for (const known of [
    " run --",
    "git-credential get",
    "git push origin HEAD",
    "ls-remote",
    "env set KUGETSU_TOKEN_",
  ]) {
    expect(seen.filter((line) => line.includes(known)).length).toBeGreaterThan(0)
  }
  expect(seen.filter((line) => line.includes(gitToken) || line.includes(modelKey))).toEqual([])
})

test("no token and no key is in any file beside the env file they were put in, which is the person's alone", () => {
  const files = fs.readdirSync(world.home, { recursive: true, encoding: "buffer" }).map((name) => name.toString())
  const withSecret = files.filter((name) => {
    const file = path.join(world.home, name)
    if (!fs.lstatSync(file).isFile()) return false
    const content = fs.readFileSync(file)
    return content.includes(gitToken) || content.includes(modelKey)
  })
  const envFile = path.join(world.kugetsuHome, "env", "default.env")
  expect(withSecret).toEqual([path.relative(world.home, envFile)])
  expect(fs.statSync(envFile).mode & 0o777).toBe(0o600)
})
