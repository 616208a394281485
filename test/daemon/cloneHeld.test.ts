import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { type Receipt, TrashId } from "@kugetsu/core/domain/Receipt"
import { Notifications } from "@kugetsu/core/Notifications"
import { Queue } from "@kugetsu/core/Queue"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Processes } from "@kugetsu/core/system/Processes"
import { Trash } from "@kugetsu/core/Trash"
import { lockClone } from "@kugetsu/core/worktrees/SharedClone"
import { Pace } from "@kugetsu/daemon/Pace"
import * as SupervisorLauncher from "@kugetsu/daemon/SupervisorLauncher"
import { ScopeRefused } from "@kugetsu/daemon/systemd/agentScope"
import { newTickState, tick } from "@kugetsu/daemon/tick"
import { rememberingTroubles } from "@kugetsu/daemon/trouble"
import { Effect, Layer, Option, Result } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { daemonHome } from "../kit/daemonHome.ts"
import { endedTask, enqueue, inDaemonHome, look, news, refOf } from "../kit/daemonWorld.ts"
import { effectTest } from "../kit/effectTest.ts"
import { emptyTurn } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const receipt = (home: string, clone: string): Receipt => ({
  version: 1,
  id: TrashId.make("t_20261120T063012345_k3f9qa"),
  state: "moving",
  home,
  issue_ref: refOf(1),
  name: "example.org-ann-tool-1",
  because: "destroy",
  forced: false,
  evidence: [],
  saved: true,
  discarded_at: "2026-11-20T06:30:12.000+00:00",
  moves: [],
  clone,
  branch: null,
  head: null,
  refs: [],
  stashes: [],
  bundle: null,
  reflog: null,
  restore: "kugetsu restore it",
  missing: [],
})

effectTest("a destroy that was cut off, of a clone that somebody else is at, keeps neither the daemon nor others", () =>
  Effect.gen(function* () {
    const launched: Array<string> = []
    const processes = Layer.mock(Processes, {
      launch: ({ argv }) =>
        Effect.sync(() => {
          launched.push(argv.at(-1)!)
          return { pid: process.pid, exited: Effect.never }
        }),
    })
    const layers = SupervisorLauncher.layer.pipe(
      Layer.provideMerge(processes),
      Layer.provideMerge(Layer.provideMerge(Trash.layer, daemonHome(yield* temporaryDirectory))),
    )
    yield* Effect.gen(function* () {
      const home = yield* KugetsuHome
      const clone = home.clone("example.org/ann/tool")
      const half = receipt(home.root, clone)
      fs.mkdirSync(path.join(home.root, "trash", half.id), { recursive: true })
      fs.writeFileSync(path.join(home.root, "trash", half.id, "receipt.json"), JSON.stringify(half))
      yield* lockClone(home, clone, 0)
      const queue = yield* Queue
      const leave = (ref: string) =>
        Effect.map(
          queue.enqueue({ issue: Result.getOrThrow(parseIssueRef(ref)), message: "go" }),
          ({ item }) => item.id,
        )
      const [stuck, other] = [yield* leave(refOf(1)), yield* leave("example.org/ann/other#2")]
      const round = tick(yield* (yield* Settings).load, newTickState(), 0)
      expect(Option.isSome(yield* Effect.timeoutOption(round, 20_000))).toBe(true)
      const stateOf = (id: typeof stuck) => Effect.map(queue.find(id), (item) => Option.getOrThrow(item).state)
      expect([yield* stateOf(stuck), yield* stateOf(other), launched.length]).toEqual(["pending", "notified", 1])
      // it passes by itself, and nobody has to do anything
      expect((yield* (yield* Notifications).list).map(({ type }) => type)).not.toContain("held_back")
    }).pipe(rememberingTroubles, Effect.provide(layers), Effect.provideService(Pace, yield* Pace))
  }),
)

const withSocket = Effect.provideService(HostEnvironment, { NOTIFY_SOCKET: "/nobody/listens" })

effectTest("systemd hears of the daemon after each run that is settled and each task that is tried", () => {
  let beats = 0
  return inDaemonHome(
    Effect.gen(function* () {
      yield* endedTask(1)
      yield* endedTask(2)
      yield* look(newTickState())
      expect(beats).toBeGreaterThanOrEqual(2)
      const settled = beats
      yield* enqueue(3)
      yield* look(newTickState())
      expect(beats).toBeGreaterThan(settled)
    }).pipe(withSocket),
    {
      report: () => Effect.succeed(emptyTurn),
      launch: () => Effect.fail(new ScopeRefused({ scope: "one.scope", reason: "no" })),
      onLog: (line) => void (beats += line.includes("WATCHDOG=1") ? 1 : 0),
    },
  )
})

effectTest("after a scope that systemd refused no other is asked for in the same round", () => {
  let tries = 0
  return inDaemonHome(
    Effect.gen(function* () {
      for (const issue of [1, 2, 3]) yield* enqueue(issue)
      const state = newTickState()
      yield* look(state)
      expect([tries, (yield* news).length]).toEqual([1, 1])
      yield* look(state)
      expect(tries).toBe(2)
    }),
    {
      launch: () =>
        Effect.suspend(() => {
          tries += 1
          return new ScopeRefused({ scope: "one.scope", reason: "no" })
        }),
    },
  )
})
