import { expect, setDefaultTimeout } from "bun:test"
import { Effect } from "effect"
import * as fs from "node:fs"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { pullRequestStage, PUSH, soon } from "../kit/pullRequestStage.ts"

setDefaultTimeout(120_000)

const LONG_AGO = "2026-01-01T00:00:00.000+00:00"

/** An issue with a pull request, about which the daemon is due to ask; `config` is about the time of grace. */
const withPullRequest = Effect.fnUntraced(function* (config: string) {
  const stage = yield* pullRequestStage({ shell: PUSH, events: goodTurn("Done.") }, config)
  const { at, forge, json, ref } = stage
  const { answer } = yield* json(["start", ref, "mend the form"])
  expect(answer.outcome).toBe("pr_opened")
  const [file = ""] = fs.readdirSync(at("sessions")).filter((name) => !["base.json", "pm-agent.json"].includes(name))
  const name = file.replace(/\.json$/, "")
  const polls = at("queue", "polls.json")
  const poll = (of = name) => JSON.parse(fs.readFileSync(polls, "utf8")).issues[of]
  /** As if the daemon had seen something long ago. */
  const remember = (known: object = {}, others: Readonly<Record<string, object>> = {}) => {
    const { pr_url, run } = JSON.parse(fs.readFileSync(at("sessions", file), "utf8"))
    const fresh = { state: null, number: null, ended_at: null, failures: 0, refusals: 0, remove_after: null }
    const issue = { ...fresh, pause_ms: 120_000, next_at: LONG_AGO, run, pr_url, ...known }
    const strangers = Object.fromEntries(Object.entries(others).map(([key, other]) => [key, { ...issue, ...other }]))
    fs.writeFileSync(polls, JSON.stringify({ version: 1, issues: { [name]: issue, ...strangers }, hosts: {} }))
  }
  remember()
  return {
    ...stage,
    tree: at("worktrees", name),
    poll,
    remember,
    /** As the forge does it: the branch's commits are in the base, under another name where it squashes. */
    merge: () => {
      const [pull] = forge.pulls
      forge.calls.length = 0
      pull!.state = "merged"
      stage.git.commit(at("..", "git box", "ann", "tool.git"), "main", { "work.txt": "work\n" }, "squashed")
    },
    told: (type: string) => Effect.map(stage.notified, (news) => news.filter((one) => one.type === type)),
  }
})

effectTest(
  "a worktree whose pull request was merged goes to the trash after the time of grace, is told, and comes back",
  () =>
    Effect.gen(function* () {
      const { at, daemon, json, merge, ref, told, tree } = yield* withPullRequest("WORKTREE_GRACE_HOURS=0\n")
      merge()
      const news = () => fs.readFileSync(at("notifications.json"), "utf8")
      yield* Effect.scoped(
        Effect.andThen(
          daemon,
          soon(() => news().includes("worktree_removed")),
        ),
      )
      expect(fs.existsSync(tree)).toBe(false)
      const [removed, ...others] = yield* told("worktree_removed")
      expect(others).toEqual([])
      expect(removed).toMatchObject({ issue_ref: ref })
      const [receipt] = (yield* json(["restore"])).answer
      expect(receipt).toMatchObject({ because: "cleanup", forced: false, saved: true, issue_ref: ref })
      expect(removed.message).toContain(`in the trash as ${receipt.id}: `)
      expect(removed.message).toEndWith(`kugetsu restore ${receipt.id} brings it back`)
      expect((yield* json(["restore", ref])).code).toBe(0)
      expect(fs.readFileSync(`${tree}/work.txt`, "utf8")).toBe("work\n")
    }),
)

effectTest("until the time of grace is over it stays, and the time is counted from when the end was first seen", () =>
  Effect.gen(function* () {
    const { daemon, merge, poll, remember, tree } = yield* withPullRequest("WORKTREE_GRACE_HOURS=1\n")
    merge()
    yield* Effect.scoped(
      Effect.andThen(
        daemon,
        soon(() => poll().state === "merged"),
      ),
    )
    expect(fs.existsSync(tree)).toBe(true)
    expect(Date.now() - Date.parse(poll().ended_at)).toBeLessThan(120_000)
    remember({ state: "merged", number: 2, ended_at: LONG_AGO, next_at: "2200-01-01T00:00:00Z" })
    yield* Effect.scoped(
      Effect.andThen(
        daemon,
        soon(() => !fs.existsSync(tree)),
      ),
    )
  }),
)

effectTest("what is not saved stays, and is told once with the reasons, however often it is looked at", () =>
  Effect.gen(function* () {
    const { daemon, merge, poll, remember, told, tree } = yield* withPullRequest("WORKTREE_GRACE_HOURS=0\n")
    fs.writeFileSync(`${tree}/notes.txt`, "mine")
    merge()
    yield* Effect.scoped(
      Effect.andThen(
        daemon,
        soon(() => poll().refusals === 1),
      ),
    )
    expect(Date.parse(poll().remove_after) - Date.now()).toBeGreaterThan(50 * 60_000)
    remember({ state: "merged", number: 2, ended_at: LONG_AGO, refusals: 1 })
    yield* Effect.scoped(
      Effect.andThen(
        daemon,
        soon(() => poll().refusals === 2),
      ),
    )
    expect(fs.readFileSync(`${tree}/notes.txt`, "utf8")).toBe("mine")
    const news = yield* told("worktree_kept")
    expect(news).toHaveLength(1)
    expect(news[0].message).toContain("uncommitted_changes: notes.txt")
    expect(yield* told("worktree_removed")).toEqual([])
  }),
)

effectTest("one that was opened again meanwhile stays without a word, and its time begins anew", () =>
  Effect.gen(function* () {
    const { daemon, poll, remember, told, tree } = yield* withPullRequest("WORKTREE_GRACE_HOURS=0\n")
    remember({ state: "closed", number: 2, ended_at: LONG_AGO, next_at: "2200-01-01T00:00:00Z" })
    yield* Effect.scoped(
      Effect.andThen(
        daemon,
        soon(() => poll().ended_at === null),
      ),
    )
    expect(fs.existsSync(tree)).toBe(true)
    expect(yield* told("worktree_kept")).toEqual([])
  }),
)

effectTest("while a task waits for the issue nobody asks about it, and its worktree stays", () =>
  Effect.gen(function* () {
    const { daemon, forge, json, merge, poll, ref, remember, tree } = yield* withPullRequest("WORKTREE_GRACE_HOURS=0\n")
    merge()
    yield* json(["delegate", "--not-before", "2h", "--issue", ref, "go on"])
    // another one, that is no issue's: the round forgets it
    remember({}, { gone: {} })
    const before = poll()
    yield* Effect.scoped(
      Effect.andThen(
        daemon,
        soon(() => poll("gone") === undefined),
      ),
    )
    expect([fs.existsSync(tree), poll(), forge.calls]).toEqual([true, before, []])
  }),
)
