import { Effect, Layer, Schema } from "effect"
import { ExitCode, FailureRecord } from "./domain/Failure.ts"
import { LaunchAnswered, LaunchAsked } from "./domain/LaunchExchange.ts"
import { Launcher, type LaunchRequest } from "./Launcher.ts"
import { HostEnvironment } from "./system/HostEnvironment.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { Processes, type RunResult } from "./system/Processes.ts"

/** kugetsu did not start the run, and says why. Nothing was lost. */
export class LaunchRefused extends Schema.TaggedError<LaunchRefused>()("LaunchRefused", {
  /** The name of its error: `IssueBusy`, `LimitReached`, `ItemGone`, …; `Unanswered` when it gave no answer. */
  error: Schema.String,
  message: Schema.String,
  remedy: Schema.String,
  /** Its exit code. */
  code: Schema.Int,
}) {}

/** An issue is held by a lock of the process that asks, and another program has a process of its own. */
export class HoldUnsupported extends Schema.TaggedError<HoldUnsupported>()("HoldUnsupported", {}) {
  readonly code = ExitCode.unavailable
  override get message() {
    return "only the command can keep runs off an issue"
  }
  get remedy() {
    return "Ask its commands for what needs that: kugetsu destroy, restore, stop."
  }
}

/** Milliseconds. With `fresh` a whole worktree goes to the trash first; an earlier run may have to be settled. */
const PATIENCE_MS = 300_000

/**
 * The layer of `Launcher` for programs that are not kugetsu: it has an installed kugetsu (a name on PATH, or a path) start
 * each run. Runs go by the config file of the home, not by `settings` of the request, and outlive whoever asked. `launch`
 * fails with `LaunchRefused`, `ProgramMissing` or `ProgramTimedOut`; `hold` always with `HoldUnsupported`.
 */
export const layer = (program = "kugetsu") =>
  Layer.effect(
    Launcher,
    Effect.gen(function* () {
      const processes = yield* Processes
      const home = yield* KugetsuHome
      const inherited = yield* HostEnvironment

      const launch = Effect.fn("ProgramLauncher.launch")(function* (request: LaunchRequest) {
        const result = yield* processes.run({
          program,
          args: ["launch-run"],
          cwd: home.root,
          env: environmentOf({ ...inherited, KUGETSU_DIR: home.root }),
          stdin: yield* Effect.orDie(Schema.encodeEffect(LaunchAsked)(askedOf(request))),
          timeoutMs: PATIENCE_MS,
        })
        if (result.exitCode !== ExitCode.done) return yield* refusalOf(result)
        const { run } = yield* Effect.mapError(readAnswer(result.stdout), () => unanswered(result))
        return run
      })

      return Launcher.of({ launch, hold: () => Effect.fail(new HoldUnsupported({})) })
    }),
  )

const askedOf = (request: LaunchRequest): typeof LaunchAsked.Type => ({
  version: 1,
  agent: request.agent,
  issue_ref: request.issue?.toString() ?? null,
  message: request.message,
  debug: request.debug,
  fresh: request.fresh ?? false,
  item: request.item,
  pr_url: request.pullRequestUrl ?? null,
})

const readAnswer = Schema.decodeEffect(LaunchAnswered)
const readFailure = Schema.decodeEffect(Schema.fromJsonString(FailureRecord))

const refusalOf = (result: RunResult) =>
  readFailure(result.stdout).pipe(
    Effect.map((record) => new LaunchRefused(record)),
    Effect.catchTag("SchemaError", () => Effect.succeed(unanswered(result))),
    Effect.flatMap(Effect.fail),
  )

const unanswered = ({ exitCode, stderr }: RunResult) =>
  new LaunchRefused({
    error: "Unanswered",
    message: `the installed program ended with ${exitCode} and no answer: ${stderr.trim().slice(0, 500)}`,
    remedy: "The installed program must be of the same version as this library: kugetsu --version.",
    code: ExitCode.failed,
  })

const environmentOf = (env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])))
