import { newRunId, type RunExit, RunId, type RunRequest } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { expect, test } from "bun:test"
import { Effect, Layer, Option } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { effectTest } from "../kit/effectTest.ts"
import { temporaryDirectory } from "../kit/temporary.ts"

const first = RunId.make("r_20261120T063012_aaaaaa")
const second = RunId.make("r_20261120T063012_000000")
const identity = { pid: 1, start: "2", boot: "b" }

const request = (run: RunId, requested_at = "2026-11-20T06:30:12.100+00:00"): RunRequest => ({
  version: 1,
  run,
  agent: "dev",
  issue_ref: "github.com/shoko/kugetsu#14",
  message: "go",
  requested_at,
  clocks: { startup_ms: 1, idle_ms: 2, total_ms: 3 },
  debug: false,
  fresh: false,
  item: null,
  settings: null,
})

const exit = (run: RunId, outcome: RunExit["outcome"]): RunExit => ({
  version: 1,
  run,
  issue_ref: null,
  outcome,
  evidence: [],
  failure: null,
  exit_code: null,
  signal: null,
  clock: null,
  interrupted: false,
  session_id: null,
  worktree_path: null,
  branch_name: null,
  pr_url: null,
  turn: null,
  work: null,
  not_before: null,
  pull_request_due: null,
  started_at: null,
  finished_at: "2026-11-20T06:31:00.000+00:00",
})

const started = (session_id: string) => ({
  version: 1 as const,
  supervisor: identity,
  started_at: "2026-11-20T06:30:14.000+00:00",
  session_id,
  worktree_path: "/w",
  branch_name: null,
  head: null,
  tmp: "/t",
})

const inHome = <A, E>(body: (runs: Runs["Service"], home: string) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const home = yield* temporaryDirectory
    const layer = Runs.layer.pipe(Layer.provide(KugetsuHome.at(home)))
    return yield* Effect.flatMap(Runs, (runs) => body(runs, home)).pipe(Effect.provide(layer))
  })

effectTest("a run that was asked for is found with what is known of it, and a second one of its id is refused", () =>
  inHome((runs) =>
    Effect.gen(function* () {
      yield* runs.create(request(first))
      const again = yield* Effect.flip(runs.create({ ...request(first), message: "other" }))
      expect(again._tag).toBe("RunExists")
      const nothing = { supervisor: null, started: null, agent: null, stop: null, exit: null, pullRequest: null }
      expect(yield* runs.require(first)).toEqual({ request: request(first), ...nothing })
      expect(Option.isNone(yield* runs.find(second))).toBe(true)
      expect((yield* Effect.flip(runs.require(second)))._tag).toBe("RunUnknown")
    }),
  ),
)

effectTest("start, stop and outcome are written once: the first stands", () =>
  inHome((runs) =>
    Effect.gen(function* () {
      yield* runs.create(request(first))
      expect([
        yield* runs.recordStarted(first, started("ses_1")),
        yield* runs.recordStarted(first, started("ses_2")),
      ]).toEqual([true, false])
      expect([yield* runs.requestStop(first, "a person"), yield* runs.requestStop(first, "another")]).toEqual([
        true,
        false,
      ])
      expect([yield* runs.recordExit(exit(first, "committed")), yield* runs.recordExit(exit(first, "lost"))]).toEqual([
        true,
        false,
      ])
      const run = yield* runs.require(first)
      expect([run.started?.session_id, run.stop?.by, run.exit?.outcome]).toEqual(["ses_1", "a person", "committed"])
    }),
  ),
)

effectTest("a later supervisor takes the place of one that never started the agent", () =>
  inHome((runs) =>
    Effect.gen(function* () {
      yield* runs.create(request(first))
      for (const pid of [10, 20]) {
        yield* runs.recordSupervisor(first, { version: 1, supervisor: { ...identity, pid }, since: "s", tmp: null })
        yield* runs.recordAgent(first, { version: 1, agent: { ...identity, pid: pid + 1 } })
      }
      const run = yield* runs.require(first)
      expect([run.supervisor?.supervisor.pid, run.agent?.agent.pid]).toEqual([20, 21])
    }),
  ),
)

effectTest("runs are listed newest first by the time they were asked for, whatever else lies beside them", () =>
  inHome((runs, home) =>
    Effect.gen(function* () {
      // asked for in another time zone, and later
      yield* runs.create(request(second, "2026-11-20T08:30:12.900+02:00"))
      yield* runs.create(request(first))
      fs.mkdirSync(path.join(home, "runs", "exits"))
      fs.mkdirSync(path.join(home, "runs", "r_20261120T063013_cutoff"))
      expect((yield* runs.list).map((run) => run.request.run)).toEqual([second, first])
    }),
  ),
)

effectTest("a record that cannot be read is an error with its path, and hides no other run", () =>
  inHome((runs, home) =>
    Effect.gen(function* () {
      yield* runs.create(request(first))
      yield* runs.create(request(second))
      const broken = path.join(home, "runs", first, "exit.json")
      fs.writeFileSync(broken, '{"version": 1, "outcome": "fine"')
      expect(yield* Effect.flip(runs.require(first))).toMatchObject({ _tag: "RecordUnreadable", path: broken })
      expect(yield* Effect.flip(runs.list)).toMatchObject({ _tag: "RecordUnreadable", path: broken })
      const { runs: others, unreadable } = yield* runs.survey
      expect([others.map((run) => run.request.run), unreadable.map((error) => error.path)]).toEqual([
        [second],
        [broken],
      ])
    }),
  ),
)

effectTest("an outcome without the request it belongs to is an error, not an absent run", () =>
  inHome((runs, home) =>
    Effect.gen(function* () {
      yield* runs.create(request(first))
      yield* runs.recordExit(exit(first, "lost"))
      fs.rmSync(path.join(home, "runs", first, "request.json"))
      expect((yield* Effect.flip(runs.find(first)))._tag).toBe("RecordUnreadable")
    }),
  ),
)

test("run ids are valid at both ends of the random range, and sort by time", () => {
  const at = (time: string, random: number) => newRunId(new Date(time), random)
  expect(at("2026-11-20T07:30:12.999+01:00", 0)).toBe(RunId.make("r_20261120T063012_000000"))
  expect(at("2026-11-20T06:30:12Z", 1 - Number.EPSILON)).toBe(RunId.make("r_20261120T063012_zzzzzz"))
  expect(at("2026-11-20T06:30:12Z", 0.999) < at("2026-11-20T06:30:13Z", 0)).toBe(true)
})

effectTest("an outcome has no secret in what others said, and refers to all that it is about as it was", () =>
  inHome((runs, home) =>
    Effect.gen(function* () {
      fs.mkdirSync(path.join(home, "env"))
      fs.writeFileSync(path.join(home, "env", "dev.env"), "DB_PASSWORD=hunter2hunter2\n")
      const said = "it is hunter2hunter2"
      yield* runs.create(request(first))
      yield* runs.recordExit({
        ...exit(first, "failed"),
        evidence: [said],
        failure: { error: "X", message: said, remedy: said, code: 1 },
        branch_name: "fix/hunter2hunter2",
        work: {
          commits: [{ sha: "0".repeat(40), subject: said }],
          pushed: false,
          dirty: false,
          dirty_changed: false,
          pull_request: null,
          pull_request_unknown: said,
          pull_request_before: false,
          off_branch: null,
        },
      })
      const text = fs.readFileSync(path.join(home, "runs", first, "exit.json"), "utf8")
      expect(text.match(/hunter2hunter2/g)).toHaveLength(1)
      expect(text.match(/it is \*\*\*/g)).toHaveLength(5)
      expect((yield* runs.require(first)).exit?.branch_name).toBe("fix/hunter2hunter2")
      yield* runs.recordPullRequest(first, {
        version: 1,
        state: "refused",
        pull_request: null,
        reason: said,
        attempts: 1,
        again_at: null,
        at: "2026-11-20T06:31:00.000+00:00",
      })
      expect((yield* runs.require(first)).pullRequest?.reason).toBe("it is ***")
    }),
  ),
)
