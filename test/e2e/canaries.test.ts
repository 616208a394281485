import { expect, setDefaultTimeout } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { canariesIn, canaryFiles, watchCommandLines } from "../kit/canaries.ts"
import { effectTest } from "../kit/effectTest.ts"
import { gitForge } from "../kit/gitForge.ts"
import type { RunOptions } from "../kit/kugetsu.ts"
import { soon } from "../kit/pullRequestStage.ts"
import { realStageWith } from "../kit/stage.ts"

setDefaultTimeout(240_000)

const pem = [
  "-----BEGIN OPENSSH PRIVATE KEY-----",
  "Y2FuYXJ5a2V5bGluZW9uZW9mdGhlcGxhbnRlZGtleTAx",
  "Y2FuYXJ5a2V5bGluZXR3b29mdGhlcGxhbnRlZGtleTAy",
  "-----END OPENSSH PRIVATE KEY-----",
].join("\n")

/** In env files, by variable. */
const inFiles = {
  DEFAULT_SECRET: "canary-default-7Rq2",
  DB_PASSWORD: 'c4nary "dev" /x+y\\z 月',
  SSH_PRIVATE_KEY: pem,
  PM_CREDENTIAL: "canary-of-the-pm-5Tz8",
}
/** In the environment that kugetsu is started in; the agent gets those alone that its person's configuration names. */
const inEnvironment = { SCRIPTED_API_KEY: "canary-model-9Kp4", OTHER_API_KEY: "canary-other-3Wm6" }
/** Nobody told kugetsu of these: they come from a shell, an issue and servers. */
const byLooks = {
  github: `ghp_${"c4N4rY".repeat(6)}`,
  anthropic: `sk-ant-api03-${"c4N4rY".repeat(5)}`,
  aws: "AKIACANARYCANARY1234",
  jwt: "eyJhbGciOiJIUzI1NiJ9.eyJjYW5hcnkiOnRydWV9.Y2FuYXJ5c2ln",
  login: "canary-in-a-url",
}
const canaries = {
  ...inFiles,
  ...inEnvironment,
  ...byLooks,
  key1: "Y2FuYXJ5a2V5bGluZW9uZW9mdGhlcGxhbnRlZGtleTAx",
  key2: "Y2FuYXJ5a2V5bGluZXR3b29mdGhlcGxhbnRlZGtleTAy",
}

/** What is the agent's own: its work in git, and the private database of opencode. */
const isAgents = (file: string) =>
  /^(worktrees|repos)\/|^trash\/[^/]+\/(worktree|admin|branch\.log|rescue\.bundle)|opencode\.db/.test(file)
const isPlanted = (file: string) => /^env\/[\w-]+\.env$/.test(file)

/** Shell text that says a token and does not hold it. */
const spelled = (token: string) => `printf '%s%s' '${token.slice(0, 7)}' '${token.slice(7)}'; echo`

const leaky = [
  'mkdir -p "$HOME/signs" && env -0 > "$HOME/signs/env"',
  "env",
  'printf %s "$DB_PASSWORD" | base64 -w0; echo; printf %s "$SSH_PRIVATE_KEY"; echo',
  ...Object.values(byLooks)
    .slice(0, 4)
    .map((token) => spelled(token)),
  `printf 'https://ann:%s%s@example.org/r.git' canary-in -a-url; echo`,
  'echo work > work.txt; git add .; git commit -qm "use $DEFAULT_SECRET"; git push -q origin HEAD',
  'echo "to the error output: $DB_PASSWORD" >&2; git push "https://bob:$DEFAULT_SECRET@127.0.0.1:1/x.git" HEAD',
].join("\n")

const bash = (command: string) => ({ tool: "bash", args: { command, description: "a command" } })

effectTest("no secret is in anything that kugetsu wrote, printed or published, and the agent had the real ones", () =>
  Effect.gen(function* () {
    const stage = yield* realStageWith({
      model: { key: inEnvironment.SCRIPTED_API_KEY },
      person: { apiKey: "{env:SCRIPTED_API_KEY}" },
    })
    const forge = yield* gitForge(stage.git)
    stage.git.remote("ann/tool.git")
    const at = (...parts: ReadonlyArray<string>) => path.join(stage.kugetsuHome, ...parts)
    const ref = `${forge.host}/ann/tool#${forge.openIssue(`The form leaks ${byLooks.github}`)}`
    fs.writeFileSync(at("servers.json"), JSON.stringify({ version: 1, servers: [forge.server] }))
    fs.appendFileSync(at("env", "pm-agent.env"), forge.token)

    const printed: Array<string> = []
    const run = (words: ReadonlyArray<string>, options: RunOptions = {}) =>
      Effect.map(stage.run(words, { ...options, env: { ...inEnvironment, ...options.env } }), (ran) => {
        printed.push(ran.stdout, ran.stderr)
        return ran
      })
    const set = (key: keyof typeof inFiles, agent: string) =>
      run(["env", "set", key, "-", agent], { stdin: inFiles[key] })
    yield* set("DEFAULT_SECRET", "default")
    yield* set("DB_PASSWORD", "dev")
    yield* set("SSH_PRIVATE_KEY", "dev")
    yield* set("PM_CREDENTIAL", "pm-agent")
    yield* run(["env", "set", "NODE_ENV", "production"])
    yield* run(["env", "show", "dev"])

    const watched = watchCommandLines({ ...canaries, DEFAULT_SECRET: "the agent's own git has it" })
    const say = (text: string) => stage.say("Go.", bash(leaky), { text: `${text} {{result}}` })
    const first = yield* run(["start", ref, say("I saw:")])
    expect([first.code, first.stdout.includes("pr_opened")]).toEqual([0, true])
    // the model's server says what it was sent
    const spoken = `echo "$SCRIPTED_API_KEY"; ${spelled(byLooks.anthropic)}`
    const failing = stage.say("Again.", bash(spoken), { status: 400, error: "no such key: {{result}}" })
    expect((yield* run(["continue", ref, "--json", failing])).stdout).toContain("no such key: ***\\n***")
    forge.broken = 500
    forge.complaint = `no database for ${inFiles.DEFAULT_SECRET} and ${byLooks.aws}`
    yield* run(["issue", ref])
    yield* run(["issue", ref, "--json"])
    forge.broken = null
    yield* run(["delegate", "--issue", ref, stage.say("And again.", bash("env"), { text: "{{result}}" })])
    const daemon = stage.start(["queue-daemon", "run"], { env: inEnvironment })
    const said = Promise.all([new Response(daemon.stdout).text(), new Response(daemon.stderr).text()])
    const done = () => fs.readdirSync(at("queue", "done")).length + fs.readdirSync(at("queue", "bad")).length > 0
    yield* soon(done)
    daemon.kill("SIGTERM")
    printed.push(...(yield* Effect.promise(() => said)))

    const runs = fs.readdirSync(at("runs"))
    expect(runs).toHaveLength(3)
    const id = runs.find((name) => first.stdout.includes(name))!
    const looks = [["list"], ["explain", ref], ["logs"], ["logs", id], ["logs", id, "-f"], ["notify", "list"]]
    for (const words of [...looks, ["queue", "list"], ["queue-daemon", "logs"]]) {
      yield* run(words)
      yield* run([...words, "--json"])
    }
    for (const other of runs) yield* run(["logs", other, "--json"])

    // the supervisor is killed, and who never had the key in their environment sees to the end
    const last = stage.say("Once more.", bash(spoken), bash("sleep 200"), { text: "never" })
    const left = stage.start(["continue", ref, last], { env: inEnvironment })
    const cut = () => fs.readdirSync(at("runs")).find((name) => !runs.includes(name)) ?? "none"
    const events = () => at("runs", cut(), "events.jsonl")
    yield* soon(
      () => fs.existsSync(events()) && fs.readFileSync(events(), "utf8").includes(inEnvironment.SCRIPTED_API_KEY),
    )
    expect(fs.readdirSync(at("secrets"))).toEqual([`${cut()}.json`])
    const live = yield* stage.run(["logs", cut()])
    left.kill("SIGKILL")
    yield* Effect.promise(() => left.exited)
    const { supervisor } = JSON.parse(fs.readFileSync(at("runs", cut(), "supervisor.json"), "utf8"))
    process.kill(supervisor.pid, "SIGKILL")
    const settled = yield* stage.run(["logs", cut(), "-f"])
    expect(settled.stdout).toContain("lost")
    printed.push(live.stdout, live.stderr, settled.stdout, settled.stderr)
    expect(fs.readdirSync(at("secrets"))).toEqual([])

    // plain values are no secrets
    expect(printed.join("\n") + fs.readFileSync(at("runs", id, "events.jsonl"), "utf8")).toContain(
      "NODE_ENV=production",
    )
    yield* run(["destroy", ref, "--force", "-y"])

    // what the agent's shell had
    const shell = fs.readFileSync(path.join(stage.home, "signs", "env"), "utf8").split("\0")
    for (const [key, value] of Object.entries({ ...inFiles, SCRIPTED_API_KEY: inEnvironment.SCRIPTED_API_KEY }))
      expect(shell.includes(`${key}=${value}`)).toBe(key !== "PM_CREDENTIAL")
    expect(shell.some((line) => line.startsWith("OTHER_API_KEY="))).toBe(false)

    expect(watched.stop()).toEqual([])
    expect(printed.flatMap((text) => canariesIn(text, canaries))).toEqual([])
    expect(canaryFiles(stage.kugetsuHome, canaries, (file) => isAgents(file) || isPlanted(file))).toEqual([])
    expect(forge.pulls).toHaveLength(1)
    expect(canariesIn(JSON.stringify(forge.pulls), canaries)).toEqual([])
    expect(forge.pulls[0]!.title).toBe("The form leaks ***")
  }),
)
