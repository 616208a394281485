import { expect } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { freshPerson } from "../kit/kugetsu.ts"
import { kugetsuCommand } from "../kit/kugetsuCommand.ts"
import { fakeStage } from "../kit/stage.ts"

const ref = "example.org/ann/tool#1"

const stage = Effect.tap(fakeStage({ run: { events: goodTurn("I looked.\nAll is well.") } }), ({ repository }) =>
  Effect.sync(() => repository("tool")),
)

/** What the agent was given, newest last. */
const promptsOf = ({ opencode }: Effect.Success<typeof stage>) =>
  opencode.starts().flatMap(({ args, stdin }) => (args[0] === "run" && stdin !== null ? [stdin] : []))

effectTest("before init nothing starts, and init is named", () =>
  Effect.gen(function* () {
    const { kugetsu, kugetsuHome } = yield* freshPerson
    for (const words of [
      ["start", ref, "go"],
      ["continue", ref],
    ]) {
      const { code, stderr } = yield* kugetsu(words)
      expect([code, stderr.includes("kugetsu init")]).toEqual([69, true])
    }
    expect(fs.existsSync(kugetsuHome)).toBe(false)
  }),
)

effectTest("the progress is shown beside the answer, and list and logs tell the same afterwards", () =>
  Effect.gen(function* () {
    const { run, json, worktree, opencode } = yield* stage
    // the copy of the conversation is made after the outcome is known
    opencode.plan({ run: { events: goodTurn("I looked.\nAll is well.") }, export: { delayMs: 1000 } })
    const { code, stderr, stdout } = yield* run(["start", ref, "look", "at", "it"])
    expect(code).toBe(0)
    expect(stderr).toContain(`· working in ${worktree("tool", "1")} on fix/issue-1\n│ I looked.\n│ All is well.\n`)
    expect(stdout).toStartWith(`no_change  ${ref}  after `)
    expect(stdout).toContain("exit code 0")

    const { answer: sessions } = yield* json(["list"])
    expect(sessions.map(({ issue_ref, type, state }: Record<string, unknown>) => [issue_ref, type, state])).toEqual([
      [null, "base", "idle"],
      [null, "pm_agent", "idle"],
      [ref, "forked", "completed"],
    ])
    expect(Object.keys(sessions[2])).toEqual([
      "issue_ref",
      "type",
      "session_id",
      "worktree_path",
      "state",
      "branch_name",
      "pr_url",
      "created_at",
      "run",
      "usage",
    ])

    const { answer: runs } = yield* json(["logs"])
    expect(runs).toMatchObject([{ run: sessions[2].run, issue_ref: ref, message: "look at it", outcome: "no_change" }])
    for (const which of [ref, "https://example.org/ann/tool/issues/1", sessions[2].run]) {
      const shown = yield* run(["logs", which])
      expect([shown.code, shown.stdout.includes("│ All is well."), shown.stdout.includes("no_change")]).toEqual([
        0,
        true,
        true,
      ])
    }
    const followed = yield* run(["logs", ref, "-f", "--json"])
    const events = followed.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).event)
    expect(events).toEqual(["preparing", "started", "acted", "ended"])
  }),
)

effectTest("the message arrives byte for byte, from words, standard input and a file", () =>
  Effect.gen(function* () {
    const made = yield* stage
    const nasty = `"double" 'single' \`ticks\` $(touch pwned) \${HOME} \\ \r\n\n-x --json 月掴 👩‍💻\n`
    const file = path.join(made.home, "task.md")
    fs.writeFileSync(file, nasty.repeat(2500))
    yield* made.run(["start", ref, "--", nasty, "-f"])
    yield* made.run(["continue", ref, "-"], { stdin: nasty })
    yield* made.run(["continue", ref, "--file", file])
    yield* made.run(["continue", "--json", ref, "--", "--json", "yes"])
    const prompts = promptsOf(made)
    const given = [`${nasty} -f`, nasty, nasty.repeat(2500), "--json yes"]
    expect(prompts.map((prompt, at) => prompt.endsWith(given[at]!))).toEqual([true, true, true, true])
    expect(fs.existsSync(path.join(made.home, "pwned"))).toBe(false)
  }),
)

effectTest("a detached run gives its name at once and is followed later", () =>
  Effect.gen(function* () {
    const { opencode, run, json } = yield* stage
    opencode.plan({ run: { events: goodTurn("slowly"), delayMs: 1500 } })
    const { answer, code } = yield* json(["start", ref, "--detach", "yes", "please"])
    expect([code, Object.keys(answer), answer.issue_ref]).toEqual([0, ["run", "issue_ref"], ref])
    const followed = yield* run(["logs", answer.run, "--follow"])
    expect([followed.code, followed.stdout.includes("│ slowly"), followed.stdout.includes("no_change")]).toEqual([
      0,
      true,
      true,
    ])
    expect((yield* json(["logs", answer.run])).answer.message).toBe("yes please")
  }),
)

effectTest("the exit code tells the outcome even when nobody reads the answer", () =>
  Effect.gen(function* () {
    const { home, env, opencode } = yield* stage
    opencode.plan({ run: { events: goodTurn("BLOCKED: which one?") } })
    const script = `"$0" "$@" start ${ref} go 2>/dev/null | true; echo "\${PIPESTATUS[0]}"`
    const child = Bun.spawn(["bash", "-c", script, ...kugetsuCommand], {
      cwd: home,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    })
    expect(yield* Effect.promise(() => new Response(child.stdout).text())).toBe("1\n")
  }),
)

effectTest("a pull request that is not the repository's is refused, its own is remembered", () =>
  Effect.gen(function* () {
    const { json } = yield* stage
    const url = "https://example.org/ann/tool/pulls/7"
    for (const wrong of ["https://example.org/ann/other/pulls/7", "https://example.org/ann/tool/issues/7", "7"]) {
      expect((yield* json(["start", ref, "go", "--pr", wrong])).code).toBe(64)
    }
    expect((yield* json(["list"])).answer).toHaveLength(2)
    yield* json(["start", ref, "go", "--pr", `${url}?tab=files`])
    expect((yield* json(["list"])).answer[2].pr_url).toBe(url)
  }),
)

effectTest("a start that is refused notes no pull request, and the agent of one that is not is told of it", () =>
  Effect.gen(function* () {
    const made = yield* stage
    const { json, opencode } = made
    const urlOf = (number: number) => `https://example.org/ann/tool/pulls/${number}`
    opencode.plan({ run: { events: goodTurn("working"), hang: true, setsidChild: true } })
    const env = { MAX_CONCURRENT_AGENTS: "1" }
    yield* json(["start", ref, "go", "--pr", urlOf(7), "--detach"], { env })
    while (opencode.setsidPid() === null) yield* Effect.sleep(20)
    expect(promptsOf(made)[0]).toContain(urlOf(7))

    expect((yield* json(["start", ref, "go", "--pr", urlOf(8)], { env })).code).toBe(75)
    expect((yield* json(["start", "example.org/ann/tool#2", "go", "--pr", urlOf(9)], { env })).code).toBe(2)
    yield* json(["stop", ref])
    const issues = (yield* json(["list"])).answer.slice(2)
    expect(issues.map((it: Record<string, unknown>) => [it.issue_ref, it.pr_url])).toEqual([[ref, urlOf(7)]])
  }),
)

effectTest("where nothing runs, stop says so", () =>
  Effect.gen(function* () {
    const { run } = yield* stage
    const { code, stderr } = yield* run(["stop", ref])
    expect([code, stderr.startsWith(`kugetsu: no agent is running on ${ref}\n`)]).toEqual([1, true])
  }),
)

effectTest("a key of the config file that does nothing is named", () =>
  Effect.gen(function* () {
    const { run, kugetsuHome } = yield* stage
    fs.appendFileSync(path.join(kugetsuHome, "config"), "\nMAX_CONCURENT_AGENTS=5\n")
    const { code, stderr } = yield* run(["start", ref, "go"])
    expect([code, /config: .*MAX_CONCURENT_AGENTS.*MAX_CONCURRENT_AGENTS/.test(stderr)]).toEqual([0, true])
  }),
)
