import { expect } from "bun:test"
import { lockNameOf, parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire } from "@kugetsu/core/system/Lock"
import { followUpPullRequests, type SettledRuns } from "@kugetsu/daemon/followUpPullRequests"
import { Effect, Result } from "effect"
import { effectTest } from "../kit/effectTest.ts"
import { pushedRun, ref, run } from "../kit/pushedRun.ts"
import { deadSupervisor, livingSupervisor, runId } from "../kit/records.ts"

const issue = (number: number) => Result.getOrThrow(parseIssueRef(`${ref.repositoryKey}#${number}`))

effectTest("a round asks forges for three runs, and every run gets its turn", () =>
  Effect.gen(function* () {
    const { add, forge, inHome } = yield* pushedRun()
    for (let n = 1; n <= 6; n++) yield* add(runId(`m00000${n}`.slice(-6)), issue(n), { queued: false, open: "ready" })
    const settled: SettledRuns = new Set()
    for (const opened of [3, 6, 7]) {
      yield* inHome(followUpPullRequests(settled))
      expect(forge.created).toHaveLength(opened)
    }
  }),
)

effectTest("runs whose tasks are not over keep no older run waiting", () =>
  Effect.gen(function* () {
    const { add, forge, inHome } = yield* pushedRun()
    for (let n = 1; n <= 4; n++)
      yield* add(runId(`zzzzz${n}`), issue(n), { queued: true, open: "draft", outcome: "failed" })
    const settled: SettledRuns = new Set()
    for (const _ of [1, 2]) yield* inHome(followUpPullRequests(settled))
    expect([forge.created.map(({ branch }) => branch), [...settled]]).toEqual([["fix/issue-14"], [run]])
  }),
)

effectTest("the daemon leaves alone what a supervisor looks after, and an issue that an agent works on", () =>
  Effect.gen(function* () {
    const { forge, inHome } = yield* pushedRun()
    const settled: SettledRuns = new Set()
    const round = inHome(followUpPullRequests(settled))
    const supervisedBy = (record: ReturnType<typeof livingSupervisor>) =>
      inHome(Effect.flatMap(Runs, (runs) => runs.recordSupervisor(run, record)))
    yield* supervisedBy(livingSupervisor())
    yield* round
    expect(forge.created).toEqual([])
    yield* supervisedBy(deadSupervisor())
    yield* inHome(
      Effect.scoped(
        Effect.gen(function* () {
          yield* acquire((yield* KugetsuHome).issueLock(lockNameOf(ref)), { waitMs: 0 })
          yield* round
        }),
      ),
    )
    expect([forge.created.length, settled.size]).toEqual([0, 0])
    yield* round
    yield* round
    expect([forge.created.length, [...settled]]).toEqual([1, [run]])
  }),
)
