import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { RunSupervisor } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { keepRunSecrets } from "@kugetsu/core/RunSecrets"
import { Settings } from "@kugetsu/core/Settings"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { cleanUp } from "@kugetsu/daemon/cleanUp"
import { redactRun } from "@kugetsu/daemon/redactRun"
import { schedule } from "@kugetsu/daemon/Scheduler"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import * as path from "node:path"
import { newTickState } from "@kugetsu/daemon/tick"
import { begin, inDaemonHome, endedTask, enqueue, look, refOf, told } from "../kit/daemonWorld.ts"
import { effectTest } from "../kit/effectTest.ts"
import { until } from "../kit/queueStage.ts"
import { deadSupervisor, livingSupervisor, runExit, runId } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString()

/** Makes a file, or what is there, so old. */
const aged = (file: string, ms: number): void => {
  const at = new Date(Date.now() - ms)
  fs.utimesSync(file, at, at)
}

const clean = Effect.gen(function* () {
  yield* cleanUp(yield* (yield* Settings).load)
})

effectTest("a task that ended long before a daemon looked is settled and told, and not done again", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const { item, run } = yield* endedTask(1, { finished_at: daysAgo(8) })
      const home = yield* KugetsuHome
      yield* Effect.forkScoped(schedule())
      yield* until("the run was seen to", () => fs.existsSync(home.run(run).seen))
      expect(Option.getOrThrow(yield* (yield* Queue).find(item)).state).toBe("completed")
      expect(yield* told).toContain(`${run}.task_completed`)
    }),
  ),
)

effectTest("a run goes a week after everybody was told of its end, however long ago that end was", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const { run } = yield* endedTask(1, { finished_at: daysAgo(30) })
      const { dir, seen } = (yield* KugetsuHome).run(run)
      yield* clean
      expect(fs.existsSync(dir)).toBe(true)
      yield* look(newTickState())
      aged(seen, 6.9 * DAY_MS)
      yield* clean
      expect(fs.existsSync(dir)).toBe(true)
      aged(seen, 7.1 * DAY_MS)
      yield* clean
      expect(fs.existsSync(dir)).toBe(false)
    }),
  ),
)

effectTest("a run goes once its issue's context has what it came to, and stays as long as that cannot be written", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const { run } = yield* endedTask(1, { outcome: "committed", finished_at: new Date().toISOString() })
      const home = yield* KugetsuHome
      const { dir, seen } = home.run(run)
      yield* look(newTickState())
      aged(seen, 8 * DAY_MS)
      const [name = ""] = fs.readdirSync(home.sessions).filter((file) => file !== "index.json")
      const context = path.join(path.dirname(home.context("x")), name)
      fs.mkdirSync(path.dirname(context), { recursive: true })
      fs.writeFileSync(context, "{")
      yield* clean
      yield* clean
      expect([fs.existsSync(dir), fs.readFileSync(context, "utf8")]).toEqual([true, "{"])
      expect((yield* told).filter((id) => id.endsWith(".not_removed"))).toEqual([`${dir}.not_removed`])
      fs.rmSync(context)
      yield* clean
      const { runs } = JSON.parse(fs.readFileSync(context, "utf8"))
      expect(runs.map((kept: { run: string; outcome: string }) => [kept.run, kept.outcome])).toEqual([
        [run, "committed"],
      ])
      expect(fs.existsSync(dir)).toBe(false)
    }),
  ),
)

effectTest("a run that says its session is misplaced does not go before that is out of use", () => {
  const put: Array<string> = []
  return inDaemonHome(
    Effect.gen(function* () {
      const misplaced = [{ tie: "remote", expected: "there", found: "elsewhere" }] as const
      const { run } = yield* endedTask(1, { misplaced, session_id: "ses_1", worktree_path: "/home/ann/worktree" })
      const ref = yield* Effect.fromResult(parseIssueRef(refOf(1)))
      yield* (yield* Sessions).update(ref, (session) => ({ ...session, opencode_session_id: "ses_1" }))
      yield* look(newTickState())
      const { dir, seen } = (yield* KugetsuHome).run(run)
      aged(seen, 8 * DAY_MS)
      yield* clean
      expect([put, fs.existsSync(dir)]).toEqual([["ses_1"], false])
      const { session } = Option.getOrThrow(yield* (yield* Sessions).find(ref))
      expect(session.opencode_session_id).toBeNull()
    }),
    {
      agent: {
        conversation: () => Effect.succeedNone,
        recount: () => Effect.succeed([]),
        keepStored: () => Effect.void,
        quarantine: (_place, session) => Effect.sync(() => void put.push(session)),
      },
    },
  )
})
effectTest("what an agent wrote and could not be masked is told, and masked with the next clean-up", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const { run } = yield* endedTask(1)
      const { events, secrets } = (yield* KugetsuHome).run(run)
      const text = '{"text":"ghp_0123456789abcdefghij"}\n'
      yield* keepRunSecrets(run, {})
      // in the place of a disk that is full
      fs.rmSync(events, { force: true })
      fs.mkdirSync(events)
      yield* redactRun(run)
      yield* redactRun(run)
      expect((yield* told).filter((id) => id.endsWith(".output_not_masked"))).toEqual([`${run}.output_not_masked`])
      expect(fs.existsSync(secrets)).toBe(true)
      fs.rmdirSync(events)
      fs.writeFileSync(events, text)
      yield* clean
      expect(fs.readFileSync(events, "utf8").trimEnd()).toBe('{"text":"***"}')
      expect(fs.existsSync(secrets)).toBe(false)
    }),
  ),
)

effectTest("what cannot be removed is told once, and keeps nothing else from being cleaned up", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const ended = [yield* endedTask(1), yield* endedTask(2), yield* endedTask(3)]
      yield* look(newTickState())
      const dirs = ended.map(({ run }) => home.run(run))
      // no run's temporary directory is called so: a record that says it is wrong
      const foreign = path.join(home.root, "work of a person")
      fs.mkdirSync(foreign)
      yield* (yield* Runs).recordSupervisor(ended[1]!.run, { ...deadSupervisor(), tmp: foreign })
      for (const { seen } of dirs) aged(seen, 8 * DAY_MS)
      fs.mkdirSync(home.queue.tmp, { recursive: true })
      const temporary = path.join(home.queue.tmp, "q_1.tmp")
      fs.writeFileSync(temporary, "")
      aged(temporary, 2 * HOUR_MS)
      yield* clean
      yield* clean
      const places = [temporary, ...dirs.map(({ dir }) => dir), foreign]
      // the record alone tells of what stays elsewhere
      expect(places.filter((file) => fs.existsSync(file))).toEqual([dirs[1]!.dir, foreign])
      expect((yield* told).filter((id) => id.endsWith(".not_removed"))).toEqual([`${foreign}.not_removed`])
    }),
  ),
)

/** Which of the files are left once the others, that are as old as is said, were cleaned up. */
const leftOf = Effect.fnUntraced(function* (files: ReadonlyArray<readonly [file: string, ageMs: number]>) {
  for (const [file, age] of files) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, "")
    aged(file, age)
  }
  yield* clean
  return files.flatMap(([file]) => (fs.existsSync(file) ? [path.basename(file)] : []))
})

effectTest("logs go after a week, temporary files and hints after an hour, the journal never", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const { exits, logs, queue } = yield* KugetsuHome
      const week = 7 * DAY_MS
      const left = yield* leftOf([
        [path.join(logs, "old.log"), week + HOUR_MS],
        [path.join(logs, "new.log"), week - HOUR_MS],
        [path.join(logs, "journal.ndjson"), 10 * week],
        [path.join(queue.tmp, "old.tmp"), 1.1 * HOUR_MS],
        [path.join(queue.tmp, "new.tmp"), 0.9 * HOUR_MS],
        [path.join(exits, "old"), 1.1 * HOUR_MS],
        [path.join(exits, "new"), 0.9 * HOUR_MS],
        [queue.daemonLog, 10 * week],
        [path.join(queue.bad, "q_1.json"), 10 * week],
      ])
      expect(left).toEqual(["new.log", "journal.ndjson", "new.tmp", "new", "daemon.log", "q_1.json"])
    }),
  ),
)

effectTest("tasks that ended go after QUEUE_CLEANUP_AGE_DAYS, completed or in error; others stay, however old", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const queue = yield* Queue
      const [waits, claimed, fails] = [yield* enqueue(1), yield* enqueue(2), yield* enqueue(3)]
      const { item: completed } = yield* endedTask(4)
      yield* begin(claimed, 2, runId("claims"))
      yield* queue.claim(fails, runId("failed"))
      yield* queue.settle({ id: fails, run: runId("failed") }, { _tag: "Error", reason: "no" })
      yield* queue.settle({ id: completed, run: runId("ended4") }, { _tag: "Completed" })
      const here = Effect.map(queue.list(), (items) => items.map(({ id }) => id).sort())
      fs.writeFileSync((yield* KugetsuHome).config, "QUEUE_CLEANUP_AGE_DAYS=2\n")
      yield* TestClock.adjust("47 hours")
      yield* clean
      expect(yield* here).toEqual([waits, claimed, fails, completed].sort())
      yield* TestClock.adjust("2 hours")
      yield* clean
      expect(yield* here).toEqual([waits, claimed].sort())
    }).pipe(Effect.provide(TestClock.layer())),
  ),
)

effectTest("what runs left in temporary directories goes once they are over, and nothing of one that is not", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const elsewhere = yield* temporaryDirectory
      const supervised = Effect.fnUntraced(function* (issue: number, supervisor: RunSupervisor, over: boolean) {
        const run = runId(`runs0${issue}`)
        const tmp = fs.mkdtempSync(path.join(elsewhere, "kugetsu-"))
        fs.writeFileSync(path.join(tmp, "library.so"), "")
        yield* begin(yield* enqueue(issue), issue, run)
        yield* runs.recordSupervisor(run, { ...supervisor, tmp })
        if (over) yield* runs.recordExit(runExit(run, { issue_ref: refOf(issue) }))
        return tmp
      })
      const over = yield* supervised(1, deadSupervisor(), true)
      const ending = yield* supervised(2, livingSupervisor(), true)
      const lost = yield* supervised(3, deadSupervisor(), false)
      yield* clean
      expect([over, ending, lost].map((tmp) => fs.existsSync(tmp))).toEqual([false, true, true])
    }),
  ),
)

effectTest("runs stay that have no outcome, or whose records cannot be read, however old they are", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const [open, broken] = [runId("open00"), (yield* endedTask(1)).run]
      yield* begin(yield* enqueue(2), 2, open)
      fs.writeFileSync(home.run(broken).started, "{")
      for (const { dir, seen } of [home.run(open), home.run(broken)]) {
        fs.writeFileSync(seen, "")
        for (const file of [seen, dir]) aged(file, 30 * DAY_MS)
      }
      yield* clean
      expect([open, broken].map((run) => fs.existsSync(home.run(run).request))).toEqual([true, true])
    }),
  ),
)
