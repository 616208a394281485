import { expect } from "bun:test"
import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { Notifications } from "@kugetsu/core/Notifications"
import * as FileQueue from "@kugetsu/core/queue/FileQueue"
import { Queue } from "@kugetsu/core/Queue"
import { Runs } from "@kugetsu/core/Runs"
import { Settings } from "@kugetsu/core/Settings"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { acquire, obtain } from "@kugetsu/core/system/Lock"
import { newAgentMemory } from "@kugetsu/daemon/agentsAtWork"
import { explainItem } from "@kugetsu/daemon/explain"
import { lookAround } from "@kugetsu/daemon/lookAround"
import { workerOf } from "@kugetsu/daemon/observe"
import type { Overview } from "@kugetsu/daemon/Overview"
import { isOnScreen, markScreen } from "@kugetsu/daemon/ScreenMark"
import { watchOverview } from "@kugetsu/daemon/watchOverview"
import { Effect, Layer, Queue as Mailbox, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { livingSupervisor, runExit, runId, runRequest, runStarted } from "../kit/records.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const ref = (n: number) => `example.org/ann/tool#${n}`

const enqueue = Effect.fnUntraced(function* (n: number) {
  const issue = yield* Effect.fromResult(parseIssueRef(ref(n)))
  return (yield* (yield* Queue).enqueue({ issue, message: "go" })).item.id
})

const homeTest = <A, E>(
  name: string,
  body: Effect.Effect<A, E, Queue | Runs | Settings | Notifications | KugetsuHome | Scope.Scope>,
) =>
  effectTest(name, () =>
    Effect.gen(function* () {
      const layers = Layer.mergeAll(FileQueue.layer, Runs.layer, Settings.layer, Notifications.layer).pipe(
        Layer.provideMerge(KugetsuHome.at(yield* temporaryDirectory)),
        Layer.provideMerge(Layer.succeed(HostEnvironment, { MAX_CONCURRENT_AGENTS: "2" })),
      )
      return yield* Effect.provide(body, layers)
    }),
  )

const toolEvent = (command: string, timestamp: string, status = "completed") =>
  JSON.stringify({
    type: "tool_use",
    timestamp: Date.parse(timestamp),
    part: { tool: "bash", state: { status, input: { command } } },
  })

homeTest(
  "an agent at work is shown with its newest tool and the times its clocks end it, until it has its outcome",
  Effect.gen(function* () {
    const [runs, home, memory] = [yield* Runs, yield* KugetsuHome, newAgentMemory()]
    const run = runId("aaaaaa")
    const { events } = home.run(run)
    const agent = Effect.map(lookAround(memory), ({ running }) => running[0])
    const clocks = { startup_ms: 60_000, idle_ms: 900_000, total_ms: 3_600_000 }
    yield* runs.create(runRequest(run, { issue_ref: ref(1), clocks }))
    expect(yield* agent).toMatchObject({ phase: "requested", limits: { startup: null, idle: null, total: null } })

    yield* runs.recordSupervisor(run, livingSupervisor())
    yield* runs.recordStarted(run, runStarted())
    expect(yield* agent).toMatchObject({
      phase: "running",
      last_tool: null,
      last_event_at: null,
      limits: { startup: "2026-11-20T06:31:13.000+00:00", idle: null, total: "2026-11-20T07:30:13.000+00:00" },
    })

    const [one, two] = ["2026-11-20T06:40:00.000+00:00", "2026-11-20T06:41:00.000+00:00"]
    fs.writeFileSync(events, `${toolEvent("ls", one)}\n${toolEvent("npm test", two, "error")}\n{"type":"other"}\n`)
    fs.utimesSync(events, new Date(two), new Date(two))
    const seen = {
      last_tool: { tool: "bash", subject: "npm test", failed: true, at: two },
      last_event_at: two,
      limits: { startup: null, idle: "2026-11-20T06:56:00.000+00:00" },
    }
    expect(yield* agent).toMatchObject(seen)
    // what is not new is remembered, and half a line is none
    fs.appendFileSync(events, toolEvent("half", two).slice(0, 30))
    expect((yield* agent)?.last_tool).toEqual(seen.last_tool)

    yield* runs.recordExit(runExit(run))
    expect(yield* agent).toBeUndefined()
  }),
)

homeTest(
  "what waits stands at the gate that explain names, also behind a person's screen",
  Effect.gen(function* () {
    const home = yield* KugetsuHome
    const ids = yield* Effect.forEach([1, 2, 3, 3], enqueue)
    const lock = yield* obtain(home.issueLock(workerOf(ref(1))), { waitMs: 0 })
    yield* markScreen(lock)
    yield* acquire(home.issueLock(workerOf(ref(2))), { waitMs: 0 })
    const { waiting } = yield* lookAround(newAgentMemory())
    expect(waiting.map(({ gate, id }) => [id, gate])).toEqual([
      [ids[0]!, "issue_busy"],
      [ids[1]!, "issue_busy"],
      [ids[2]!, "no_daemon"],
      [ids[3]!, "behind_same_issue"],
    ])
    expect(waiting.map(({ detail }) => detail.includes("on a screen"))).toEqual([true, false, false, false])
    for (const { detail, id } of waiting) expect((yield* explainItem(id)).detail).toContain(detail)
  }),
)

homeTest(
  "the mark of a screen counts for as long as who made it lives",
  Effect.gen(function* () {
    const file = (yield* KugetsuHome).issueLock("some-issue")
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* markScreen(yield* acquire(file, { waitMs: 0 }))
        expect(yield* isOnScreen(file)).toBe(true)
        const mark = fs.readFileSync(file, "utf8")
        fs.writeFileSync(file, mark.replace(/"start":"\d+"/, '"start":"1"'))
        expect(yield* isOnScreen(file)).toBe(false)
        fs.writeFileSync(file, "not ours")
        expect(yield* isOnScreen(file)).toBe(false)
      }),
    )
    expect(fs.readFileSync(file, "utf8")).toBe("")
  }),
)

homeTest(
  "a change is told, also in a run that began meanwhile; what cannot be read is told beside what was seen before",
  Effect.gen(function* () {
    const [runs, home] = [yield* Runs, yield* KugetsuHome]
    const told = yield* Mailbox.unbounded<Overview>()
    yield* Effect.forkScoped(watchOverview((overview) => Effect.asVoid(Mailbox.offer(told, overview))))
    const until = Effect.fnUntraced(function* (is: (overview: Overview) => boolean) {
      for (;;) {
        const overview = yield* Mailbox.take(told)
        if (is(overview)) return overview
      }
    })
    yield* until(({ waiting }) => waiting.length === 0)
    yield* enqueue(1)
    yield* until(({ waiting }) => waiting.length === 1)

    const run = runId("aaaaaa")
    yield* runs.create(runRequest(run, { issue_ref: ref(2) }))
    yield* runs.recordSupervisor(run, livingSupervisor())
    yield* until(({ running }) => running[0]?.phase === "preparing")
    yield* runs.recordStarted(run, runStarted())
    yield* until(({ running }) => running[0]?.phase === "running")
    fs.writeFileSync(home.run(run).events, `${toolEvent("ls", "2026-11-20T06:40:00Z")}\n`)
    yield* until(({ running }) => running[0]?.last_tool?.subject === "ls")

    fs.writeFileSync(home.notifications, "{")
    const { troubles, waiting } = yield* until(({ troubles }) => troubles.length > 0)
    expect([troubles[0]?.includes(home.notifications), waiting.length]).toEqual([true, 1])
    fs.rmSync(home.notifications)
    yield* until(({ troubles }) => troubles.length === 0)
  }),
)

homeTest(
  "what an agent did last is told without secrets, also where a secret would have been cut in two",
  Effect.gen(function* () {
    const [runs, home] = [yield* Runs, yield* KugetsuHome]
    const [run, token] = [runId("aaaaaa"), "tok-3f9d1c7a5b2e"]
    fs.mkdirSync(path.dirname(home.envFile("default")), { recursive: true })
    fs.writeFileSync(home.envFile("default"), `GITHUB_TOKEN=${token}\n`)
    yield* runs.create(runRequest(run, { issue_ref: ref(1) }))
    yield* runs.recordSupervisor(run, livingSupervisor())
    const file = home.run(run).events
    // of seven characters nobody could tell whether they are of a secret
    const command = `curl -u ${token} ${"x".repeat(467)} ${token}`
    fs.writeFileSync(file, `${toolEvent(command, "2026-11-20T06:40:00Z")}\n`)
    const told = yield* Mailbox.unbounded<Overview>()
    yield* Effect.forkScoped(watchOverview((overview) => Effect.asVoid(Mailbox.offer(told, overview))))
    const { running } = yield* Mailbox.take(told)
    expect(running[0]?.last_tool?.subject).toMatch(/^curl -u \S+ x+ /)
    expect(JSON.stringify(running)).not.toContain(token.slice(0, 5))
    expect(JSON.stringify((yield* lookAround(newAgentMemory())).running)).not.toContain(token.slice(0, 5))
  }),
)

homeTest(
  "a look puts a record of the queue that cannot be understood aside, as it was, and tells where; all else stays",
  Effect.gen(function* () {
    const { queue } = yield* KugetsuHome
    const id = yield* enqueue(1)
    const broken = path.join(queue.items, "q_1795161012345_k3f9qa.json")
    fs.writeFileSync(broken, "{")
    const { queue: counts, troubles } = yield* lookAround(newAgentMemory())
    expect([counts.pending, counts.bad, fs.existsSync(broken)]).toEqual([1, 1, false])
    const place = path.join(queue.bad, path.basename(broken))
    expect([fs.readFileSync(place, "utf8"), troubles.filter((text) => text.startsWith(place)).length]).toEqual(["{", 1])
    expect(fs.readdirSync(queue.items)).toEqual([`${id}.json`])
  }),
)
