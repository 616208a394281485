import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { Queue } from "@kugetsu/core/Queue"
import { Sessions } from "@kugetsu/core/Sessions"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { newTickState } from "@kugetsu/daemon/tick"
import { inDaemonHome, endedTask, look, refOf, news, told } from "../kit/daemonWorld.ts"
import { effectTest } from "../kit/effectTest.ts"
import { emptyTurn } from "../kit/records.ts"

const linesWith = (lines: ReadonlyArray<string>, words: string) => lines.filter((line) => line.includes(words))

const journalOf = Effect.map(KugetsuHome, ({ logs }) =>
  fs.readFileSync(path.join(logs, "journal.ndjson"), "utf8").trim().split("\n"),
)

/** Makes a record unreadable; gives what mends it. */
const breakRecord = (file: string) => {
  const good = fs.readFileSync(file)
  fs.writeFileSync(file, "{")
  return () => fs.writeFileSync(file, good)
}

effectTest("a session's record that cannot be read is told once, and what the run came to is settled and told", () => {
  const log: Array<string> = []
  return inDaemonHome(
    Effect.gen(function* () {
      const { item, run } = yield* endedTask(1)
      const home = yield* KugetsuHome
      const file = home.sessionFile("example.org-ann-tool-1.json")
      const mend = breakRecord(file)
      const state = newTickState()
      yield* look(state)
      yield* look(state)
      expect(Option.getOrThrow(yield* (yield* Queue).find(item)).state).toBe("completed")
      expect(yield* told).toEqual([`${run}.task_dequeued`, `${run}.task_completed`, `${file}.record_unreadable`])
      expect([linesWith(log, file).length, linesWith(yield* journalOf, `"settled"`).length]).toEqual([1, 1])
      mend()
      yield* look(state)
      const ref = yield* Effect.fromResult(parseIssueRef(refOf(1)))
      expect(Option.getOrThrow(yield* (yield* Sessions).find(ref)).session.state).toBe("completed")
      expect(fs.existsSync(home.run(run).seen)).toBe(true)
    }),
    { onLog: (line) => log.push(line) },
  )
})

effectTest(
  "an outcome that cannot be read is told once, with its file and its issue, and counts once it is mended",
  () => {
    const log: Array<string> = []
    return inDaemonHome(
      Effect.gen(function* () {
        const { item, run } = yield* endedTask(1)
        const file = (yield* KugetsuHome).run(run).exit
        const mend = breakRecord(file)
        const state = newTickState()
        yield* look(state)
        yield* look(state)
        const [one, ...others] = yield* news
        expect([one!.id, one!.issue_ref, others]).toEqual([`${file}.record_unreadable`, refOf(1), []])
        expect([one!.message.includes(file), linesWith(log, file).length]).toEqual([true, 1])
        mend()
        yield* look(state)
        expect(Option.getOrThrow(yield* (yield* Queue).find(item)).state).toBe("completed")
      }),
      { onLog: (line) => log.push(line) },
    )
  },
)

effectTest("an end that could not be told is told once it can be, and the log has one line of it", () => {
  const log: Array<string> = []
  return inDaemonHome(
    Effect.gen(function* () {
      const { item, run } = yield* endedTask(1)
      const home = yield* KugetsuHome
      const [state, ref] = [newTickState(), yield* Effect.fromResult(parseIssueRef(refOf(1)))]
      fs.writeFileSync(home.notifications, "{")
      yield* look(state)
      yield* look(state)
      expect(Option.getOrThrow(yield* (yield* Queue).find(item)).state).toBe("completed")
      expect(Option.getOrThrow(yield* (yield* Sessions).find(ref)).session.state).toBe("completed")
      expect(fs.existsSync(home.run(run).seen)).toBe(false)
      expect([linesWith(log, run).length, linesWith(yield* journalOf, run).length]).toEqual([1, 1])
      fs.writeFileSync(home.notifications, "[]")
      yield* look(state)
      expect(yield* told).toEqual([`${run}.task_dequeued`, `${run}.task_completed`])
      expect(fs.existsSync(home.run(run).seen)).toBe(true)
    }),
    { onLog: (line) => log.push(line) },
  )
})

effectTest("what a run came to whose task was removed from the queue is told from the run alone", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const { item, run } = yield* endedTask(1, { outcome: "failed", evidence: ["it broke"] })
      const { queue } = yield* KugetsuHome
      fs.rmSync(path.join(queue.running, `${item}.${run}.json`))
      yield* look(newTickState())
      const told = yield* news
      expect(told.map(({ id, message }) => [id, message])).toEqual([
        [`${run}.task_dequeued`, "go"],
        [`${run}.task_error`, "failed: it broke"],
      ])
    }),
  ),
)

effectTest("of a run whose task was given back no end is told: that comes with the run that follows it", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const { item, run } = yield* endedTask(1)
      yield* (yield* Queue).release({ id: item, run })
      yield* (yield* Queue).pause
      yield* look(newTickState())
      expect((yield* told).filter((id) => !id.endsWith(".task_dequeued"))).toEqual([])
    }),
  ),
)

effectTest("what an agent says instead of working is told in its own words, and a permission it lacked is named", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const said = (last_text: string | null) => ({ turn: { ...emptyTurn, last_text } })
      yield* endedTask(1, { outcome: "no_change", ...said("It works already: see login.ts.\n") })
      yield* endedTask(2, { outcome: "needs_input", ...said("BLOCKED: which database?") })
      const asked = { outcome: "needs_input", evidence: ["opencode asked for a permission: bash (rm)"] } as const
      yield* endedTask(3, { ...asked, turn: { ...emptyTurn, permission_asked: "bash (rm)" } })
      yield* look(newTickState())
      const ends = (yield* news).filter(({ type }) => type !== "task_dequeued")
      expect(ends.map(({ message, type }) => `${type} | ${message}`).sort()).toEqual([
        "needs_input | needs_input: BLOCKED: which database?",
        "needs_input | needs_input: opencode asked for a permission: bash (rm)",
        "task_completed | no_change: It works already: see login.ts.",
      ])
    }),
  ),
)

effectTest("of a wait for a quota people are told when it lasts an hour or more, with its end", () =>
  inDaemonHome(
    Effect.gen(function* () {
      const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString()
      const finished_at = inMinutes(0)
      const quota = { outcome: "quota_wait", finished_at, evidence: ["the provider refuses"] } as const
      yield* endedTask(1, { ...quota, not_before: inMinutes(59) })
      const { item, run } = yield* endedTask(2, { ...quota, not_before: inMinutes(61) })
      yield* look(newTickState())
      const ends = (yield* news).filter(({ type }) => type !== "task_dequeued")
      const { not_before } = Option.getOrThrow(yield* (yield* Queue).find(item))
      expect(ends.map(({ id, message }) => [id, message])).toEqual([
        [`${run}.quota_wait`, `it is tried again after ${not_before}: the provider refuses`],
      ])
    }),
  ),
)
