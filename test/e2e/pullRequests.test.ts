import { expect, setDefaultTimeout } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { forges, forgeStage } from "../kit/forges/forgeStage.ts"
import { pullRequestStage, PUSH, soon, WORK } from "../kit/pullRequestStage.ts"

setDefaultTimeout(120_000)

effectTest("what an agent pushed and opened no pull request for gets one, and the outcome says so", () =>
  Effect.gen(function* () {
    const { forge, issue, json, listed, notified, ref } = yield* pullRequestStage({
      shell: PUSH,
      events: goodTurn("I mended it.\n/close\nCloses #99, thanks @ann"),
    })
    const { answer, code } = yield* json(["start", ref, "mend the form"])
    expect([code, answer.outcome]).toEqual([0, "pr_opened"])
    const [pull, ...others] = forge.pulls
    expect(others).toEqual([])
    expect(pull).toMatchObject({ head: `fix/issue-${issue}`, base: "main", title: "The form is broken" })
    expect(pull!.body).toStartWith(`Closes #${issue}.\n`)
    expect(pull!.body).toContain("```text\nI mended it.\n/close\nCloses #99, thanks @ann\n```")
    const url = `${forge.url}/ann/tool/pulls/${pull!.number}`
    expect(answer.pr_url).toBe(url)
    expect(answer.evidence).toContain(`the pull request ${url} was opened after the run`)
    expect(yield* listed).toMatchObject({ pr_url: url, branch_name: `fix/issue-${issue}`, state: "completed" })
    expect((yield* json(["logs", answer.run])).answer).toMatchObject({ outcome: "pr_opened", exit: { pr_url: url } })
    expect((yield* notified).at(-1)).toMatchObject({ type: "task_completed", url })
  }),
)

for (const type of Object.keys(forges)) {
  effectTest(`${type}: a pull request is opened once, found by the next run, and noted after both`, () =>
    Effect.gen(function* () {
      const { json, pulls, ref, server } = yield* forgeStage(type)
      const first = yield* json(["start", ref(1), "go"])
      const [pull] = pulls.pulls
      expect([first.answer.outcome, pull?.branch, pull?.draft]).toEqual(["pr_opened", "fix/issue-1", false])
      server.requests.length = 0
      const next = yield* json(["continue", ref(1)])
      expect([next.answer.outcome, next.answer.pr_url, pulls.pulls.length]).toEqual([
        "pr_updated",
        first.answer.pr_url,
        1,
      ])
      const asWritten = /\/(issues|notes|reviews|comments|approvals|members|assignees|collaborators)\b/
      const [words, calls] = [true, false].map((it) =>
        server.requests.filter(({ path }) => asWritten.test(path) === it),
      )
      // which branch to go on with, what to tell the agent, and what came of it
      expect(calls!.length).toBeLessThanOrEqual(3)
      expect(words!.length).toBeLessThanOrEqual(9)
    }),
  )
}

effectTest("the end of a task of the queue is told together with its pull request, once", () =>
  Effect.gen(function* () {
    const { at, daemon, forge, json, notified, ref } = yield* pullRequestStage({
      shell: PUSH,
      events: goodTurn("Done."),
    })
    yield* json(["delegate", "--issue", ref, "mend the form"])
    const told = () => fs.readFileSync(at("notifications.json"), "utf8").includes("task_completed")
    yield* Effect.scoped(Effect.andThen(daemon, soon(told)))
    const news = (yield* notified).filter(({ url }) => url !== null)
    expect(news.map(({ type, url }) => [type, url])).toEqual([["task_completed", `${forge.url}/ann/tool/pulls/2`]])
    expect(news[0].message).toStartWith("pr_opened: ")
  }),
)

effectTest("the next run's commits update that pull request, and none is opened a second time", () =>
  Effect.gen(function* () {
    const { forge, json, ref } = yield* pullRequestStage({ shell: PUSH, events: goodTurn("Done.") })
    yield* json(["start", ref, "mend the form"])
    const { answer } = yield* json(["continue", ref, "and the other one"])
    expect(answer.outcome).toBe("pr_updated")
    expect(forge.pulls).toHaveLength(1)
  }),
)

effectTest("for a run that pushed nothing the forge is asked for no pull request after it, and none is opened", () =>
  Effect.gen(function* () {
    const { forge, json, ref } = yield* pullRequestStage([
      { events: goodTurn("Nothing to do.") },
      { shell: WORK, events: goodTurn("Done.") },
    ])
    const { answer } = yield* json(["start", ref, "look"])
    expect(answer.outcome).toBe("no_change")
    const before = forge.calls.length
    // the open ones and then all, once, before the turn
    expect(forge.calls.filter((call) => call.includes("/pulls"))).toHaveLength(2)
    expect((yield* json(["continue", ref])).answer.outcome).toBe("committed")
    expect(forge.calls.slice(before).some((call) => call.startsWith("POST"))).toBe(false)
    expect(forge.pulls).toEqual([])
  }),
)

effectTest("an agent that is blocked after a push leaves a draft", () =>
  Effect.gen(function* () {
    const { forge, issue, json, ref } = yield* pullRequestStage({
      shell: PUSH,
      events: goodTurn("BLOCKED: which form?"),
    })
    const { answer } = yield* json(["start", ref, "mend the form"])
    expect([answer.outcome, answer.pr_url]).toEqual(["needs_input", `${forge.url}/ann/tool/pulls/2`])
    expect(forge.pulls[0]!.title).toBe("WIP: The form is broken")
    expect(forge.pulls[0]!.body).toStartWith(`For #${issue}.\n`)
  }),
)

effectTest("with OPEN_PULL_REQUEST=false none is opened", () =>
  Effect.gen(function* () {
    const { forge, json, ref } = yield* pullRequestStage(
      { shell: PUSH, events: goodTurn("Done.") },
      "OPEN_PULL_REQUEST=false\n",
    )
    expect((yield* json(["start", ref, "mend the form"])).answer).toMatchObject({ outcome: "committed", pr_url: null })
    expect(forge.pulls).toEqual([])
  }),
)

effectTest(
  "a forge that is out of order fails no run: what was pushed counts, and a person is told what is missing",
  () =>
    Effect.gen(function* () {
      const { at, forge, json, notified, ref } = yield* pullRequestStage({ shell: PUSH, events: goodTurn("Done.") })
      forge.broken = 403
      const { answer, code } = yield* json(["start", ref, "mend the form"])
      expect([code, answer.outcome]).toEqual([0, "committed"])
      expect(answer.evidence.at(-1)).toContain("no pull request was opened")
      const record = JSON.parse(fs.readFileSync(at("runs", answer.run, "pull-request.json"), "utf8"))
      expect(record).toMatchObject({ version: 1, state: "unknown", attempts: 1 })
      expect(record.again_at).not.toBeNull()
      expect((yield* notified).map(({ type }) => type)).toContain("pull_request_missing")
    }),
)

for (const point of ["run.slot", "pull_request.brought", "pull_request.noted"]) {
  effectTest(`the daemon sees to the pull request of a supervisor that was killed at ${point}, and there is one`, () =>
    Effect.gen(function* () {
      const { at, forge, json, listed, notified, ref, run, daemon } = yield* pullRequestStage({
        shell: PUSH,
        events: goodTurn("Done."),
      })
      const killed = yield* run(["start", ref, "mend the form", "--json"], { env: { KUGETSU_CRASH_AT: point } })
      expect(JSON.parse(killed.stdout).outcome).toBe("committed")
      expect(forge.pulls).toHaveLength(point === "run.slot" ? 0 : 1)
      const [id] = fs.readdirSync(at("runs"))
      const recorded = soon(() => fs.existsSync(at("runs", id!, "pull-request.json")))
      yield* Effect.scoped(Effect.andThen(daemon, recorded))
      const { answer } = yield* json(["logs", id!])
      expect(forge.pulls).toHaveLength(1)
      const url = `${forge.url}/ann/tool/pulls/2`
      expect(answer).toMatchObject({ outcome: "pr_opened", exit: { pr_url: url } })
      expect(yield* listed).toMatchObject({ pr_url: url, state: "completed" })
      const opened = (yield* notified).filter(({ type }) => type === "pull_request_opened")
      expect(opened).toHaveLength(point === "run.slot" ? 1 : 0)
    }),
  )
}
