import { expect } from "bun:test"
import { Agent } from "@kugetsu/core/Agent"
import { IssueRef } from "@kugetsu/core/domain/IssueRef"
import type { RunStarted, RunSupervisor } from "@kugetsu/core/domain/Run"
import type { TurnReport } from "@kugetsu/core/domain/TurnReport"
import { Contexts } from "@kugetsu/core/Contexts"
import { EnvFiles } from "@kugetsu/core/EnvFiles"
import { Notifications } from "@kugetsu/core/Notifications"
import { Runs } from "@kugetsu/core/Runs"
import { Sessions } from "@kugetsu/core/Sessions"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { HomeUnusable } from "@kugetsu/core/system/Files"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { tryAcquire } from "@kugetsu/core/system/Lock"
import type { Processes } from "@kugetsu/core/system/Processes"
import { identityOf } from "@kugetsu/core/system/ProcessTable"
import { lockName } from "@kugetsu/daemon/RunLocks"
import { settle } from "@kugetsu/daemon/settle"
import { Effect, Layer, Option, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest, ProcessesLive } from "../kit/effectTest.ts"
import { deadSupervisor, livingSupervisor, runExit, runId, runRequest } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const run = runId("settle")
const ref = new IssueRef({ instance: "github.com", owner: "shoko", repository: "kugetsu", identifier: "14" })

const turn: TurnReport = {
  events: 3,
  malformed_lines: 0,
  error: null,
  last_step: null,
  last_text: "so far",
  last_tool: "bash: npm test",
  permission_asked: null,
  quota: null,
  tokens: { input: 1, output: 1, reasoning: 0, cache_read: 0, cache_write: 0 },
  cost: 0,
}

const started = (tmp: string): RunStarted => ({
  version: 1,
  supervisor: deadSupervisor().supervisor,
  started_at: "2026-11-20T06:30:13.000+00:00",
  session_id: "ses_1",
  worktree_path: "/home/ann/worktree",
  branch_name: "fix/issue-14",
  head: null,
  tmp,
})

/** The same process, on this machine before it was started anew. */
const rebooted = (): RunSupervisor => {
  const record = livingSupervisor()
  return { ...record, supervisor: { ...record.supervisor, boot: "another" } }
}

type Needs = Runs | Sessions | Agent | Contexts | Settings | Notifications | KugetsuHome | Processes | Scope.Scope

/** Of an agent whose session is not there any more. */
const goneSession: Partial<Agent["Service"]> = {
  conversation: () => Effect.succeedNone,
  recount: () => Effect.succeed([]),
  keepStored: () => Effect.void,
}

/** A home in which the issue's newest run is `run`, asked for and recorded as active. */
const inHome = <A, E>(
  body: Effect.Effect<A, E, Needs>,
  report: Agent["Service"]["report"] = () => Effect.succeed(turn),
  agent: Partial<Agent["Service"]> = goneSession,
) =>
  Effect.gen(function* () {
    const records = Layer.mergeAll(
      Runs.layer,
      Sessions.layer,
      Settings.layer,
      EnvFiles.layer,
      Notifications.layer,
      ProcessesLive,
    )
    const layer = Layer.mergeAll(
      Contexts.layer,
      Layer.mock(Agent, { report, finishQuarantine: () => Effect.void, ...agent }),
    ).pipe(
      Layer.provideMerge(records),
      Layer.provideMerge(KugetsuHome.at(yield* temporaryDirectory)),
      Layer.provideMerge(Layer.succeed(HostEnvironment, {})),
    )
    const prepared = Effect.gen(function* () {
      yield* (yield* Runs).create(runRequest(run))
      yield* (yield* Sessions).update(ref, (session) => ({ ...session, state: "active", run }))
      return yield* body
    })
    return yield* Effect.provide(prepared, layer)
  })

const settled = Effect.map(settle(run, { holdsIssue: false }), Option.getOrThrow)
const sessionState = Effect.gen(function* () {
  return Option.getOrThrow(yield* (yield* Sessions).find(ref)).session.state
})

effectTest("a run that a restart of the machine ended is lost, may go on at no cost, and says so", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const tmp = fs.mkdtempSync(path.join(yield* temporaryDirectory, "kugetsu-"))
      yield* runs.recordSupervisor(run, rebooted())
      yield* runs.recordStarted(run, started(tmp))
      const exit = yield* settled
      expect(exit).toMatchObject({
        outcome: "lost",
        interrupted: true,
        evidence: ["the machine was started anew meanwhile", "last seen: bash: npm test"],
        session_id: "ses_1",
        worktree_path: "/home/ann/worktree",
        branch_name: "fix/issue-14",
        turn,
      })
      expect((yield* runs.require(run)).exit).toEqual(exit)
      expect([yield* sessionState, fs.existsSync(tmp)]).toEqual(["idle", false])
    }),
  ),
)

effectTest("a supervisor that was killed while its agent ran leaves a lost run, which is no interruption", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordStarted(run, started(yield* temporaryDirectory))
      expect(yield* settled).toMatchObject({ outcome: "lost", interrupted: false })
    }),
  ),
)

effectTest("a run whose supervisor died on the wish to stop it is stopped, and names who wished it", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordStarted(run, started(yield* temporaryDirectory))
      yield* runs.requestStop(run, "kugetsu stop")
      const exit = yield* settled
      expect([exit.outcome, exit.interrupted, exit.evidence[0]]).toEqual(["stopped", false, "stopped by kugetsu stop"])
      expect(yield* sessionState).toBe("idle")
    }),
  ),
)

effectTest("what a dead supervisor left running is ended, also outside its process group", () =>
  inHome(
    Effect.gen(function* () {
      yield* (yield* Runs).recordSupervisor(run, deadSupervisor())
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => Bun.spawn(["setsid", "sleep", "60"], { env: { PATH: process.env.PATH, KUGETSU_RUN: run } })),
        (spawned) => Effect.sync(() => spawned.kill("SIGKILL")),
      )
      yield* settled
      yield* Effect.promise(() => child.exited)
      expect(identityOf(child.pid)).toBeNull()
    }),
  ),
)

effectTest("an outcome that is there stands, and the session that was not told of it is", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordExit(runExit(run, { outcome: "committed" }))
      yield* runs.requestStop(run, "too late")
      expect((yield* settled).outcome).toBe("committed")
      expect(yield* sessionState).toBe("completed")
    }),
  ),
)

effectTest("a run goes on while its supervisor lives, and before it has one while its issue is held", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const goesOn = Effect.map(settle(run, { holdsIssue: false }), Option.isNone)
      const issue = Option.getOrThrow(
        yield* tryAcquire((yield* KugetsuHome).issueLock(yield* lockName(ref.toString()))),
      )
      expect(yield* goesOn).toBe(true)
      yield* runs.recordSupervisor(run, livingSupervisor())
      expect(yield* goesOn).toBe(true)
      expect((yield* runs.require(run)).exit).toBeNull()
      fs.closeSync(issue.descriptor)
    }),
  ),
)

effectTest("a run that never got a supervisor is lost as soon as nobody holds its issue", () =>
  inHome(
    Effect.gen(function* () {
      expect(yield* settled).toMatchObject({ outcome: "lost", interrupted: true })
    }),
  ),
)

effectTest("a lost run gets its outcome also when the session's record cannot be read", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const home = yield* KugetsuHome
      const tmp = fs.mkdtempSync(path.join(yield* temporaryDirectory, "kugetsu-"))
      yield* runs.recordSupervisor(run, { ...deadSupervisor(), tmp })
      fs.writeFileSync(home.sessionFile("github.com-shoko-kugetsu-14.json"), "{")
      expect((yield* settled).outcome).toBe("lost")
      expect([fs.existsSync(home.run(run).exit), fs.existsSync(tmp)]).toEqual([true, false])
    }),
  ),
)

const refused = new HomeUnusable({ path: "/runs/events.jsonl", operation: "read", reason: "EIO" })

effectTest("a lost run gets its outcome also when nothing that its agent or its supervisor wrote can be read", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      const other = runId("log000")
      yield* runs.create(runRequest(other, { issue_ref: "github.com/shoko/kugetsu#15" }))
      for (const id of [run, other]) yield* runs.recordSupervisor(id, deadSupervisor())
      yield* runs.recordStarted(run, started(yield* temporaryDirectory))
      const { supervisorLog } = (yield* KugetsuHome).run(other)
      fs.mkdirSync(supervisorLog)
      expect(yield* settled).toMatchObject({
        outcome: "lost",
        evidence: ["its supervisor was killed while the agent ran", "the agent's output could not be read"],
        turn: null,
      })
      const exit = Option.getOrThrow(yield* settle(other, { holdsIssue: false }))
      expect([exit.outcome, exit.evidence[1]]).toEqual(["lost", `cannot read ${supervisorLog}: EISDIR`])
    }),
    () => Effect.fail(refused),
  ),
)

const contextOf = Effect.gen(function* () {
  const { name } = Option.getOrThrow(yield* (yield* Sessions).find(ref))
  return yield* (yield* Contexts).find({ name, issueRef: ref.toString() })
})

const message = (id: string, content: string) => ({ id, role: "assistant", content, tools: [], timestamp: null })

/** A session that is still there, and how often a copy of it was made. */
const wholeSession = () => {
  const copied: Array<string> = []
  const agent: Partial<Agent["Service"]> = {
    conversation: (_name, session) => Effect.succeedSome({ session, messages: [message("m1", "so far")] }),
    keepStored: (name, session) => Effect.sync(() => void copied.push(`${name} ${session}`)),
  }
  return { agent, copied }
}

effectTest(
  "what was said in a run whose supervisor died is in the context after it is settled, and copied once",
  () => {
    const { agent, copied } = wholeSession()
    return inHome(
      Effect.gen(function* () {
        const runs = yield* Runs
        yield* runs.recordSupervisor(run, deadSupervisor())
        yield* runs.recordStarted(run, started(yield* temporaryDirectory))
        yield* settled
        yield* settled
        const context = Option.getOrThrow(yield* contextOf)
        expect(context.runs.map(({ message, outcome }) => [message, outcome])).toEqual([["go", "lost"]])
        expect(context.conversation_history.map(({ content }) => content)).toEqual(["so far"])
        expect([context.session, context.current_branch]).toEqual([{ id: "ses_1", messages: 1 }, "fix/issue-14"])
        expect(copied).toEqual(["github.com-shoko-kugetsu-14 ses_1"])
      }),
      undefined,
      agent,
    )
  },
)

effectTest("nothing is kept beside a session whose issue another process holds, until that is free again", () => {
  const { agent, copied } = wholeSession()
  return inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordStarted(run, started(yield* temporaryDirectory))
      const lock = (yield* KugetsuHome).issueLock(yield* lockName(ref.toString()))
      const issue = Option.getOrThrow(yield* tryAcquire(lock))
      expect((yield* settled).outcome).toBe("lost")
      expect([copied, yield* contextOf]).toEqual([[], Option.none()])
      fs.closeSync(issue.descriptor)
      yield* settled
      expect([copied.length, Option.isSome(yield* contextOf)]).toEqual([1, true])
    }),
    undefined,
    agent,
  )
})

effectTest(
  "of a run whose supervisor died the copy is made first, and one that fails keeps nothing out of the context",
  () => {
    const steps: Array<string> = []
    return inHome(
      Effect.gen(function* () {
        const runs = yield* Runs
        yield* runs.recordSupervisor(run, deadSupervisor())
        yield* runs.recordStarted(run, started(yield* temporaryDirectory))
        yield* settled
        expect(steps).toEqual(["copy", "conversation"])
        expect(Option.getOrThrow(yield* contextOf).conversation_history).toHaveLength(1)
        const told = yield* (yield* Notifications).list
        expect(told.map(({ id }) => id)).toEqual([`${run}.context_not_kept`])
      }),
      undefined,
      {
        conversation: (_name, session) =>
          Effect.sync(() => {
            steps.push("conversation")
            return Option.some({ session, messages: [message("m1", "so far")] })
          }),
        keepStored: () => {
          steps.push("copy")
          return Effect.fail(new HomeUnusable({ path: "/x", operation: "write", reason: "ENOSPC" }))
        },
      },
    )
  },
)

effectTest("of a run whose session is gone, too, the context has what its own files tell", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordStarted(run, started(yield* temporaryDirectory))
      fs.writeFileSync((yield* KugetsuHome).run(run).prompt, "the whole prompt")
      yield* settled
      const { conversation_history, session } = Option.getOrThrow(yield* contextOf)
      expect(conversation_history.map(({ content, id, role }) => [id, role, content])).toEqual([
        [`${run}.prompt`, "user", "the whole prompt"],
        ["m9", "assistant", "last words"],
      ])
      // whatever copy comes back has less
      expect(session).toEqual({ id: "ses_1", messages: 2 })
    }),
    undefined,
    {
      conversation: () => Effect.succeedNone,
      recount: () => Effect.succeed([message("m9", "last words")]),
      keepStored: () => Effect.void,
    },
  ),
)

effectTest("a context that cannot be kept is told, and the outcome of the run stands", () =>
  inHome(
    Effect.gen(function* () {
      const runs = yield* Runs
      yield* runs.recordSupervisor(run, deadSupervisor())
      yield* runs.recordStarted(run, started(yield* temporaryDirectory))
      expect((yield* settled).outcome).toBe("lost")
      const told = yield* (yield* Notifications).list
      expect(told.map(({ id, issue_ref }) => [id, issue_ref])).toEqual([
        [`${run}.context_not_kept`, "github.com/shoko/kugetsu#14"],
      ])
    }),
    undefined,
    {
      conversation: () => Effect.fail(new HomeUnusable({ path: "/x", operation: "read", reason: "EIO" })),
      keepStored: () => Effect.void,
    },
  ),
)
