import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { ExitCode } from "./domain/Failure.ts"
import { isRunId, RunAgent, RunExit, type RunId, RunRequest, RunStarted, RunStop, RunSupervisor } from "./domain/Run.ts"
import { completeExit } from "./domain/completeExit.ts"
import { redactExit, redactPullRequest } from "./domain/redactRecords.ts"
import { RunPullRequest } from "./domain/RunPullRequest.ts"
import { timestamp } from "./domain/Timestamp.ts"
import { redactor } from "./Redactor.ts"
import { ensureDirectory, type HomeUnusable, listDirectory } from "./system/Files.ts"
import { jsonFile, RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"

/** A run that was never asked for, or that was cleaned up. */
export class RunUnknown extends Schema.TaggedError<RunUnknown>()("RunUnknown", { run: Schema.String }) {
  readonly code = ExitCode.failed
  override get message() {
    return `there is no run ${this.run}`
  }
  get remedy() {
    return "`kugetsu logs` lists the runs that are kept."
  }
}

/** Two runs were given one id; the first stands, and nothing was written. */
export class RunExists extends Schema.TaggedError<RunExists>()("RunExists", { run: Schema.String }) {
  readonly code = ExitCode.busy
  override get message() {
    return `there is a run ${this.run} already`
  }
  get remedy() {
    return "Try again: each try gets an id of its own."
  }
}

/** One run as its directory tells it. */
export interface RunRecord {
  readonly request: RunRequest
  readonly supervisor: RunSupervisor | null
  readonly started: RunStarted | null
  readonly agent: RunAgent | null
  readonly stop: RunStop | null
  /** The outcome, with what came of its pull request afterwards. */
  readonly exit: RunExit | null
  readonly pullRequest: RunPullRequest | null
}

/** All of `runs/`: what was understood, and an error for every run of which a record was not. */
export interface RunSurvey {
  readonly runs: ReadonlyArray<RunRecord>
  readonly unreadable: ReadonlyArray<RecordUnreadable>
}

type ReadError = RecordUnreadable | HomeUnusable

/**
 * The records of runs: `runs/<run>/…`. Times in them are ISO 8601. Supervisors write them; other programs read, and stop a run
 * by `stopRun`.
 */
export class Runs extends Context.Service<
  Runs,
  {
    readonly create: (request: RunRequest) => Effect.Effect<void, RunExists | HomeUnusable>
    /** None: never asked for, or cleaned up some days after its end. */
    readonly find: (id: RunId) => Effect.Effect<Option.Option<RunRecord>, ReadError>
    readonly require: (id: RunId) => Effect.Effect<RunRecord, RunUnknown | ReadError>
    /** Newest first. Fails when any record cannot be read; see `survey`. */
    readonly list: Effect.Effect<ReadonlyArray<RunRecord>, ReadError>
    /** As `list`, with an error for each unreadable run beside the others instead of in their place. */
    readonly survey: Effect.Effect<RunSurvey, HomeUnusable>
    /** Replaces the record of an earlier supervisor that never came to start the agent. */
    readonly recordSupervisor: (id: RunId, record: RunSupervisor) => Effect.Effect<void, HomeUnusable>
    /** false: it was started before. */
    readonly recordStarted: (id: RunId, record: RunStarted) => Effect.Effect<boolean, HomeUnusable>
    readonly recordAgent: (id: RunId, record: RunAgent) => Effect.Effect<void, HomeUnusable>
    /** false: a stop was asked for before. */
    readonly requestStop: (id: RunId, by: string) => Effect.Effect<boolean, HomeUnusable>
    /** false: it has an outcome already, which stands. */
    readonly recordExit: (exit: RunExit) => Effect.Effect<boolean, HomeUnusable>
    /** Replaces what an earlier look came to. */
    readonly recordPullRequest: (id: RunId, record: RunPullRequest) => Effect.Effect<void, HomeUnusable>
  }
>()("@kugetsu/core/Runs") {
  static readonly layer = Layer.effect(
    Runs,
    Effect.gen(function* () {
      const home = yield* KugetsuHome

      const redact = Effect.provideService(redactor, KugetsuHome, home)

      const create = Effect.fn("Runs.create")(function* (request: RunRequest) {
        const paths = home.run(request.run)
        yield* ensureDirectory(paths.dir)
        if (!(yield* requests.create(paths.request, request))) return yield* new RunExists({ run: request.run })
      })

      const find = Effect.fn("Runs.find")(function* (id: RunId): Effect.fn.Return<Option.Option<RunRecord>, ReadError> {
        const paths = home.run(id)
        const request = yield* requests.find(paths.request)
        const exit = Option.getOrNull(yield* exits.find(paths.exit))
        const pullRequest = Option.getOrNull(yield* pullRequests.find(paths.pullRequest))
        const rest = {
          supervisor: Option.getOrNull(yield* supervisors.find(paths.supervisor)),
          started: Option.getOrNull(yield* starts.find(paths.started)),
          agent: Option.getOrNull(yield* agents.find(paths.agent)),
          stop: Option.getOrNull(yield* stops.find(paths.stop)),
          exit: exit === null ? null : completeExit(exit, pullRequest),
          pullRequest,
        }
        if (Option.isSome(request)) return Option.some({ request: request.value, ...rest })
        // cut off before it was asked for in full: nothing was started
        if (Object.values(rest).every((record) => record === null)) return Option.none()
        return yield* new RecordUnreadable({ path: paths.request, reason: "missing, though the run has other records" })
      })

      const require = Effect.fn("Runs.require")(function* (id: RunId) {
        const run = yield* find(id)
        return Option.isSome(run) ? run.value : yield* new RunUnknown({ run: id })
      })

      const survey = Effect.gen(function* () {
        const runs: Array<RunRecord> = []
        const unreadable: Array<RecordUnreadable> = []
        for (const id of (yield* listDirectory(home.runs)).filter(isRunId)) {
          const outcome = yield* Effect.catchTag(find(id), "RecordUnreadable", Effect.succeed)
          if (outcome instanceof RecordUnreadable) unreadable.push(outcome)
          else if (Option.isSome(outcome)) runs.push(outcome.value)
        }
        return { runs: runs.sort(newestFirst), unreadable }
      }).pipe(Effect.withSpan("Runs.survey"))

      const list = Effect.flatMap(survey, ({ runs, unreadable }) =>
        unreadable[0] === undefined ? Effect.succeed(runs) : Effect.fail(unreadable[0]),
      )

      const requestStop = Effect.fn("Runs.requestStop")(function* (id: RunId, by: string) {
        const requested_at = timestamp(yield* DateTime.now)
        return yield* stops.create(home.run(id).stop, { version: 1, requested_at, by })
      })

      return Runs.of({
        create,
        find,
        require,
        list,
        survey,
        requestStop,
        recordSupervisor: (id, record) => supervisors.replace(home.run(id).supervisor, record),
        recordStarted: (id, record) => starts.create(home.run(id).started, record),
        recordAgent: (id, record) => agents.replace(home.run(id).agent, record),
        recordExit: (exit) =>
          Effect.flatMap(redact, (clean) => exits.create(home.run(exit.run).exit, redactExit(exit, clean))),
        recordPullRequest: (id, record) =>
          Effect.flatMap(redact, (clean) =>
            pullRequests.replace(home.run(id).pullRequest, redactPullRequest(record, clean)),
          ),
      })
    }),
  )
}

const requests = jsonFile(RunRequest)
const supervisors = jsonFile(RunSupervisor)
const starts = jsonFile(RunStarted)
const agents = jsonFile(RunAgent)
const stops = jsonFile(RunStop)
const exits = jsonFile(RunExit)
const pullRequests = jsonFile(RunPullRequest)

const newestFirst = (a: RunRecord, b: RunRecord): number =>
  Date.parse(b.request.requested_at) - Date.parse(a.request.requested_at) || (a.request.run < b.request.run ? 1 : -1)
