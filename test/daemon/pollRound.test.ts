import { expect } from "bun:test"
import { newIssueSession } from "@kugetsu/core/domain/Session"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import { pollPace } from "@kugetsu/core/domain/pollAnswer"
import { pollLimits } from "@kugetsu/core/domain/PollPlan"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Launcher } from "@kugetsu/core/Launcher"
import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Trash } from "@kugetsu/core/Trash"
import { Pace } from "@kugetsu/daemon/Pace"
import { Settings } from "@kugetsu/core/Settings"
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
    Layer.mock(Launcher, {}),
  ).pipe(
    Layer.provideMerge(Layer.provide(Forge.layer, EnvFiles.layer)),
    Layer.provideMerge(gitLayers({ root, env: box.env })),
  )
  const pace = { ...(yield* Pace), poll: { ...pollPace, firstMs: 0 } }
  const patience = { answerMs: 20_000, retryMs: 1, retryAfterMs: 0 }
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
  const polls = (): ReadonlyArray<{ readonly state: string | null }> =>
    Object.values(JSON.parse(fs.readFileSync(at("queue", "polls.json"), "utf8")).issues)
  return {
    at,
    forge,
    polls,
    asked: () => polls().filter(({ state }) => state !== null).length,
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

effectTest("a memory that cannot be read is named, and is not overwritten", () =>
  Effect.gen(function* () {
    const { at, round } = yield* stage(2)
    fs.mkdirSync(at("queue"), { recursive: true })
    fs.writeFileSync(at("queue", "polls.json"), "{")
    expect(yield* Effect.flip(round)).toMatchObject({ _tag: "RecordUnreadable", path: at("queue", "polls.json") })
    expect(fs.readFileSync(at("queue", "polls.json"), "utf8")).toBe("{")
  }),
)
