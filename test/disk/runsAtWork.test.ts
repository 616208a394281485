import { expect } from "bun:test"
import { identityOf } from "@kugetsu/core/system/ProcessTable"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { goodTurn } from "../kit/fakeOpencode.ts"
import { queueStage, until } from "../kit/queueStage.ts"

const item = "q_1795183338620_oqshs3"
const run = "r_20261120T140218_h03j5s"

/**
 * A home in which an earlier version's daemon ended in the middle of its work, as it was written then: an agent works on
 * the task. In the place of the supervisor and the agent of that time, which hold the locks, is a process that sleeps.
 */
const earlier = Effect.gen(function* () {
  const made = yield* queueStage({ run: { events: goodTurn("done by the new one") } })
  const home = made.kugetsuHome
  const sample = path.join(import.meta.dirname, "version-1-at-work")
  for (const part of ["runs", "queue", "queue.id", path.join("sessions", "example.org-ann-tool-1.json")]) {
    fs.cpSync(path.join(sample, part), path.join(home, part), { recursive: true, force: true })
  }
  // who waits for the new daemon waits for this
  fs.rmSync(path.join(home, "queue", "daemon.pid"))
  const dir = path.join(home, "runs", run)
  const tmp = path.join(made.home, "kugetsu-r2ecV5")
  const supervisor = Bun.spawn(["sleep", "100"], { stdio: ["ignore", "ignore", "ignore"] })
  yield* Effect.addFinalizer(() => Effect.sync(() => supervisor.kill()))
  const identity = identityOf(supervisor.pid)
  const edit = (file: string, change: Record<string, unknown>) => {
    const before = JSON.parse(fs.readFileSync(file, "utf8"))
    fs.writeFileSync(file, JSON.stringify({ ...before, ...change }))
  }
  edit(path.join(dir, "supervisor.json"), { supervisor: identity, tmp })
  edit(path.join(dir, "started.json"), { supervisor: identity, tmp })
  edit(path.join(dir, "agent.json"), { agent: identity })
  return {
    ...made,
    starts: () => made.opencode.starts().filter(({ args }) => args[0] === "run").length,
    /** The old supervisor writes its outcome, tells, and is gone. */
    endsWell: Effect.promise(async () => {
      fs.copyFileSync(path.join(sample, "exit-of-it.json"), path.join(dir, "exit.json"))
      supervisor.kill()
      await supervisor.exited
    }),
    dies: Effect.promise(async () => {
      supervisor.kill("SIGKILL")
      await supervisor.exited
    }),
  }
})

effectTest("a run that an earlier version started goes on under the new daemon, and its outcome is settled once", () =>
  Effect.gen(function* () {
    const { answer, daemon, endsWell, kugetsuHome, starts, untilIn } = yield* earlier
    yield* daemon()
    const journal = path.join(kugetsuHome, "logs", "journal.ndjson")
    yield* until("the daemon has looked", () => fs.existsSync(journal))
    const listed = yield* answer(["queue", "list"])
    expect(listed).toMatchObject([{ id: item, state: "notified", run }])
    expect(yield* answer(["logs", run])).toMatchObject({ outcome: null })
    yield* endsWell
    expect(yield* untilIn("done", item)).toMatchObject({ state: "completed", run, attempts: 1 })
    const told = yield* answer(["notify", "list"])
    expect(told.filter(({ type }: { type: string }) => type === "task_completed")).toHaveLength(1)
    expect(starts()).toBe(0)
  }),
)

effectTest(
  "a run whose supervisor of an earlier version died is recorded as lost, and its task waits for its next try",
  () =>
    Effect.gen(function* () {
      const { answer, daemon, dies, starts, untilIn } = yield* earlier
      yield* daemon()
      expect((yield* answer(["explain", item])).running).toBe(true)
      yield* dies
      const back = yield* untilIn("items", item)
      expect(back).toMatchObject({ state: "pending", attempts: 1, pid: null })
      expect(starts()).toBe(0)
      expect(yield* answer(["logs", run])).toMatchObject({ outcome: "lost" })
    }),
)
