import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunId } from "@kugetsu/core/domain/Run"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { lookAtRuns, newRunMemory } from "@kugetsu/daemon/OpenRuns"
import { Effect, Option, Result } from "effect"
import { daemonHome } from "../kit/daemonHome.ts"
import { effectTest } from "../kit/effectTest.ts"
import { livingSupervisor, runId, runRequest, runStarted } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const run = runId("atwork")
const issue = Result.getOrThrow(parseIssueRef("example.org/ann/tool#1"))

/** An item that was claimed for `claimedFor`, and the run `run` at work for it; gives the item after a look. */
const itemAfterLook = Effect.fnUntraced(function* (
  claimedFor: RunId,
  meanwhile: (item: QueueItem) => Effect.Effect<void, unknown, Queue>,
) {
  const [queue, runs] = [yield* Queue, yield* Runs]
  const { item } = yield* queue.enqueue({ issue, message: "go" })
  yield* queue.claim(item.id, claimedFor)
  yield* runs.create(runRequest(run, { issue_ref: issue.toString(), item: item.id }))
  yield* runs.recordSupervisor(run, livingSupervisor())
  yield* runs.recordStarted(run, runStarted())
  yield* runs.recordAgent(run, { version: 1, agent: livingSupervisor().supervisor })
  yield* meanwhile(item)
  expect(yield* lookAtRuns(newRunMemory(), 0)).toEqual([])
  return Option.getOrThrow(yield* queue.find(item.id))
})

const inHome = <A, E, R>(body: Effect.Effect<A, E, R>) =>
  Effect.flatMap(temporaryDirectory, (root) => Effect.provide(body, daemonHome(root)))

effectTest("the item of a run at work names the agent's process and session", () =>
  inHome(
    Effect.gen(function* () {
      const item = yield* itemAfterLook(run, () => Effect.void)
      expect(item).toMatchObject({ state: "notified", pid: process.pid, opencode_session_id: "ses_1" })
    }),
  ),
)

effectTest("an item that is cancelled while its agent works stays cancelled when the agent is noted", () =>
  inHome(
    Effect.gen(function* () {
      const item = yield* itemAfterLook(run, ({ id }) => Effect.flatMap(Queue, (queue) => queue.cancel(id)))
      expect(item).toMatchObject({ state: "notified", pid: process.pid, cancel_requested: true })
    }),
  ),
)

effectTest("an item that another run has, or that has ended, is left alone", () =>
  inHome(
    Effect.gen(function* () {
      const other = yield* itemAfterLook(runId("others"), () => Effect.void)
      expect(other).toMatchObject({ state: "notified", pid: null, run: runId("others") })
    }),
  ).pipe(
    Effect.andThen(
      inHome(
        Effect.gen(function* () {
          const end = ({ id }: QueueItem) =>
            Effect.flatMap(Queue, (queue) => queue.settle({ id, run }, { _tag: "Error", reason: "stopped" }))
          expect(yield* itemAfterLook(run, end)).toMatchObject({ state: "error", pid: null, error: "stopped" })
        }),
      ),
    ),
  ),
)
