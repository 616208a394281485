import { expect } from "bun:test"
import { newIssueSession, refOf } from "@kugetsu/core/domain/Session"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { pollPace } from "@kugetsu/core/domain/pollAnswer"
import { pollLimits } from "@kugetsu/core/domain/PollPlan"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Launcher } from "@kugetsu/core/Launcher"
import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Worktrees } from "@kugetsu/core/Worktrees"
import { Trash } from "@kugetsu/core/Trash"
import { Pace } from "@kugetsu/daemon/Pace"
import { Settings } from "@kugetsu/core/Settings"
import { forgeRounds } from "@kugetsu/daemon/forgeRounds"
import { pollRound } from "@kugetsu/daemon/pollRound"
import { Forge } from "@kugetsu/forge/Forge"
import { Patience } from "@kugetsu/forge/ForgeApi"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { gitForge } from "../kit/gitForge.ts"
import { GitBox } from "../kit/git.ts"
import { gitLayers } from "../kit/gitLayers.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

/** A home with so many issues that are due to be asked about, and rounds of the daemon over the real forge. */
const stage = Effect.fnUntraced(function* (issues: number, config = "") {
  const box = new GitBox(yield* temporaryDirectory)
  const forge = yield* gitForge(box)
  box.remote("ann/tool.git")
  const root = path.join(box.dir, "home")
  const at = (...parts: ReadonlyArray<string>) => path.join(root, ...parts)
  fs.mkdirSync(at("sessions"), { recursive: true })
  fs.mkdirSync(at("env"))
  fs.writeFileSync(at("servers.json"), JSON.stringify({ servers: [forge.server] }))
  fs.writeFileSync(at("env", "default.env"), forge.token)
  fs.writeFileSync(at("config"), config)
  const layers = Layer.mergeAll(
    FileQueue.layer,
    Notifications.layer,
    Runs.layer,
    Trash.layer,
    Layer.mock(Launcher, { hold: () => Effect.succeed([]) }),
  ).pipe(
    Layer.provideMerge(Layer.provide(Forge.layer, EnvFiles.layer)),
    Layer.provideMerge(gitLayers({ root, env: box.env })),
  )
  const pace = { ...(yield* Pace), poll: { ...pollPace, firstMs: 0 } }
  const patience = { questionMs: 60_000, answerMs: 20_000, retryMs: 1, retryAfterMs: 0 }
  const inHome = <A, E>(body: Effect.Effect<A, E, Layer.Success<typeof layers>>) =>
    body.pipe(Effect.provide(layers), Effect.provideService(Pace, pace), Effect.provideService(Patience, patience))
  yield* inHome(
    Effect.gen(function* () {
      const sessions = yield* Sessions
      for (let n = 1; n <= issues; n++) {
        const ref = new IssueRef({ instance: forge.host, owner: "ann", repository: "tool", identifier: String(n) })
        const branch = `fix/issue-${n}`
        forge.openPullRequest({ head: branch, base: "main", title: "t", body: "" })
        const session = { ...newIssueSession(ref, "2026-11-20T06:30:12.000+00:00"), branch_name: branch }
        yield* sessions.update(ref, () => ({ ...session, worktree_path: at("worktrees", String(n)) }))
      }
    }),
  )
  const polls = (): ReadonlyArray<{ readonly state: string | null; readonly failures: number }> =>
    Object.values(JSON.parse(fs.readFileSync(at("queue", "polls.json"), "utf8")).issues)
  /** Gives the issue a real worktree with work that was squashed into the base. */
  const tidy = (issue: number) =>
    inHome(
      Effect.gen(function* () {
        const remote = path.join(box.dir, "ann/tool.git")
        box.run(box.dir, "config", "--global", `url.${remote}.insteadOf`, `${forge.url}/ann/tool.git`)
        const ref = new IssueRef({ instance: forge.host, owner: "ann", repository: "tool", identifier: String(issue) })
        const { path: tree } = yield* (yield* Worktrees).ensure(ref, { path: null, branch: null })
        yield* (yield* Sessions).update(ref, (session) => ({ ...session, worktree_path: tree }))
        fs.writeFileSync(path.join(tree, `work-${issue}.txt`), "work\n")
        box.commitAll(tree, "work")
        box.run(tree, "push", "-q", remote, "HEAD")
        forge.pulls[issue - 1]!.sha = box.run(tree, "rev-parse", "HEAD")
        forge.pulls[issue - 1]!.state = "merged"
        box.commit(remote, "main", { [`work-${issue}.txt`]: "work\n" }, "squashed")
        return tree
      }),
    )
  /** Leaves a task for the issue. */
  const delegate = (issue: number) =>
    inHome(
      Effect.gen(function* () {
        const { sessions } = yield* (yield* Sessions).survey
        const ref = sessions.map(({ session }) => refOf(session)).find((one) => one?.identifier === String(issue))
        yield* (yield* Queue).enqueue({ issue: ref!, message: "go on" })
      }),
    )
  return {
    delegate,
    tidy,
    at,
    forge,
    polls,
    asked: () => polls().filter(({ state }) => state !== null).length,
    news: inHome(Effect.flatMap(Notifications, ({ list }) => list)),
    /** The daemon's own, without end. */
    rounds: inHome(Effect.flatMap(Settings, ({ load }) => forgeRounds(Effect.orDie(load)))),
    /** The calls of one round. */
    round: Effect.gen(function* () {
      forge.calls.length = 0
      yield* inHome(
        Effect.flatMap(
          Effect.flatMap(Settings, ({ load }) => load),
          pollRound,
        ),
      )
      return forge.calls.length
    }),
  }
})

effectTest("a round makes a few calls, however many issues there are, and all of them get their turn", () =>
  Effect.gen(function* () {
    const { asked, polls, round } = yield* stage(12)
    for (const [calls, sofar] of [
      [pollLimits.ask, 5],
      [pollLimits.ask, 10],
    ] as const) {
      expect(yield* round).toBe(calls)
      expect(asked()).toBe(sofar)
    }
    yield* round
    expect(polls().map(({ state }) => state)).toEqual(Array(12).fill("open"))
  }),
)

effectTest("a round counts its calls, however many pages a list has, and goes on where it stopped in the next", () =>
  Effect.gen(function* () {
    const { asked, forge, polls, round } = yield* stage(4)
    const others = (count: number) => {
      forge.pulls.length = 0
      for (let n = 0; n < count; n++)
        forge.openPullRequest({ head: `other-${n}`, base: "main", title: "t", body: "" }).state = "closed"
    }
    // no open one, and three pages of closed ones, which are none of theirs
    others(120)
    expect(yield* round).toBe(4 * (1 + 3))
    expect(polls().map(({ state }) => state)).toEqual(Array(4).fill("none"))
    others(3500)
    expect(yield* round).toBe(pollLimits.calls)
    expect(asked()).toBe(4)
    expect(polls().filter(({ failures }) => failures > 0)).toHaveLength(1)
  }),
)

effectTest("a worktree that is put away costs its round two questions more", () =>
  Effect.gen(function* () {
    const { forge, polls, round, tidy } = yield* stage(3, "WORKTREE_GRACE_HOURS=0\n")
    const tree = yield* tidy(1)
    // three open ones are found at once; of the merged one all are listed, too, once to ask and twice to decide
    expect(yield* round).toBe(3 + 1 + 2 * 2)
    expect(fs.existsSync(tree)).toBe(false)
    expect(polls()).toHaveLength(3)
    expect(forge.pulls.filter(({ state }) => state === "merged")).toHaveLength(1)
  }),
)

effectTest("one worktree is put away in a round, and the next in the next", () =>
  Effect.gen(function* () {
    const { round, tidy } = yield* stage(2, "WORKTREE_GRACE_HOURS=0\n")
    const trees = [yield* tidy(1), yield* tidy(2)]
    for (const left of [1, 0]) {
      yield* round
      expect(trees.filter((tree) => fs.existsSync(tree))).toHaveLength(left)
    }
  }),
)

effectTest("a worktree stays for a task that was left at the last moment, and nobody is told", () =>
  Effect.gen(function* () {
    const { delegate, forge, news, round, tidy } = yield* stage(1, "WORKTREE_GRACE_HOURS=0\n")
    const tree = yield* tidy(1)
    // two calls ask for the pull request, and the third is of the removal
    const run = Effect.runPromiseWith(yield* Effect.context())
    forge.beforeAnswer = () => (forge.calls.length === 3 ? run(delegate(1)) : undefined)
    yield* round
    expect(fs.existsSync(tree)).toBe(true)
    expect((yield* news).map(({ type }) => type)).not.toContain("worktree_kept")
  }),
)

effectTest("a forge that is at its limit is let alone: no further call in that round, and none in the next", () =>
  Effect.gen(function* () {
    const { asked, forge, round } = yield* stage(12)
    forge.broken = 429
    expect(yield* round).toBe(1)
    forge.broken = null
    expect(yield* round).toBe(0)
    expect(asked()).toBe(0)
  }),
)

effectTest("with WORKTREE_CHECK_PR_STATUS=false nobody is asked, and nothing is remembered", () =>
  Effect.gen(function* () {
    const { at, round } = yield* stage(2, "WORKTREE_CHECK_PR_STATUS=false\n")
    expect(yield* round).toBe(0)
    expect(fs.existsSync(at("queue", "polls.json"))).toBe(false)
  }),
)

effectTest("a memory that cannot be read is put aside with one notification, and the round goes on", () =>
  Effect.gen(function* () {
    const { asked, at, news, round } = yield* stage(2)
    for (const [text, aside] of [
      ["{", "polls.json.unreadable"],
      ['{"version": 9}', "polls.json.unreadable.2"],
    ] as const) {
      fs.mkdirSync(at("queue"), { recursive: true })
      fs.writeFileSync(at("queue", "polls.json"), text)
      expect([yield* round, asked()]).toEqual([2, 2])
      expect(fs.readFileSync(at("queue", aside), "utf8")).toBe(text)
      expect((yield* news).filter(({ message }) => message.includes(`${aside},`))).toHaveLength(1)
    }
    yield* round
    expect((yield* news).map(({ type }) => type)).toEqual(["record_unreadable", "record_unreadable"])
  }),
)

effectTest("worktrees are looked at also while nothing can be told of those that went before", () =>
  Effect.gen(function* () {
    const { at, forge, rounds } = yield* stage(1)
    const { promise, resolve } = Promise.withResolvers<void>()
    forge.beforeAnswer = () => resolve()
    fs.writeFileSync(at("trash"), "no directory")
    yield* Effect.forkScoped(rounds)
    yield* Effect.promise(() => promise)
  }).pipe(Effect.scoped),
)
