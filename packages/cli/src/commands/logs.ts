import { isRunId } from "@kugetsu/core/domain/Run"
import { requireNewestRun } from "@kugetsu/core/issueRuns"
import { listedRun, type ListedRun, listRuns } from "@kugetsu/core/listRuns"
import { actsOf } from "@kugetsu/core/opencode/progress"
import { resolveIssue } from "@kugetsu/core/resolveIssue"
import { type RunRecord, Runs } from "@kugetsu/core/Runs"
import { growingFile } from "@kugetsu/core/system/GrowingFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Clock, Effect, Option, Stream } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { progressOf } from "../attend.ts"
import { age, oneLine, span, table } from "../display.ts"
import { Json, toggle } from "../flags.ts"
import { colourOf, outcomeText } from "../outcomeText.ts"
import { linesOf } from "../progressLines.ts"
import { answerUnreadable } from "../reportFailure.ts"
import { type Paint, paint, print, printJson } from "../terminal.ts"
import { UsageError } from "../UsageError.ts"

const which = Argument.String("which").pipe(
  Argument.withDescription("How many runs to list (10), or the issue or run to show"),
  Argument.optional,
)
const follow = toggle("follow", "Go on until the run ends").pipe(Flag.withAlias("f"))

export const logs = Command.make("logs", { which, follow }, (given) =>
  Effect.gen(function* () {
    const text = Option.getOrElse(given.which, () => "10")
    if (!/^\d+$/.test(text)) return yield* showRun(yield* requireRun(text), given.follow)
    if (given.follow) {
      return yield* new UsageError({
        message: "--follow needs a run or an issue",
        remedy: "Write: kugetsu logs <ref or run> -f",
      })
    }
    yield* listNewest(Number(text))
  }),
).pipe(
  Command.withDescription("Lists the recent runs, or shows what the agent did in one run and what came of it."),
  Command.withExamples([
    { command: "kugetsu logs", description: "The last ten runs" },
    { command: "kugetsu logs github.com/you/repo#14 -f", description: "The issue's newest run, as it goes on" },
    { command: "kugetsu logs r_20261120T063012_k3f9qa", description: "One run" },
  ]),
)

const requireRun = Effect.fnUntraced(function* (text: string) {
  if (isRunId(text)) return yield* (yield* Runs).require(text)
  return yield* requireNewestRun(yield* resolveIssue(text))
})

const listNewest = Effect.fnUntraced(function* (count: number) {
  const { runs, unreadable } = yield* listRuns
  const newest = runs.slice(0, count)
  if (yield* Json) {
    yield* printJson(newest)
  } else {
    const now = yield* Clock.currentTimeMillis
    const painted = yield* paint
    const header = ["RUN", "ISSUE_REF", "OUTCOME", "TOOK", "AGE", "MESSAGE"]
    yield* print(
      table(
        header,
        newest.map((run) => rowOf(run, now, painted)),
      ),
    )
  }
  yield* answerUnreadable(unreadable)
})

const rowOf = (run: ListedRun, now: number, paint: Paint): ReadonlyArray<string> => [
  run.run,
  run.issue_ref ?? "(pm-agent)",
  run.outcome === null ? paint("cyan", run.phase) : paint(colourOf(run.outcome), run.outcome),
  run.started_at === null
    ? "-"
    : span((run.finished_at === null ? now : Date.parse(run.finished_at)) - Date.parse(run.started_at)),
  age(run.requested_at, now),
  oneLine(run.message ?? "(continue)", 60),
]

const showRun = Effect.fnUntraced(function* (run: RunRecord, follow: boolean) {
  const paths = (yield* KugetsuHome).run(run.request.run)
  const files = { events: paths.events, log: paths.stderr, supervisor: paths.supervisorLog }
  const json = yield* Json
  if (follow) return yield* json ? followAsJson(run) : followAsText(run)
  if (json) return yield* printJson({ ...listedRun(run), exit: run.exit, files })
  const painted = yield* paint
  const acts = (yield* growingFile(paths.events)).flatMap(actsOf)
  yield* print(
    [
      headOf(run),
      ...acts.flatMap((act) => linesOf({ _tag: "Acted", act }, painted)),
      run.exit === null ? painted("cyan", listedRun(run).phase) : outcomeText(run.exit, painted),
      painted("dim", `  files         ${paths.dir}`),
    ].join("\n"),
  )
})

const headOf = ({ request }: RunRecord): string =>
  `${request.run}  ${request.issue_ref ?? "PM agent"}  ${request.requested_at}\n> ${oneLine(request.message ?? "(continue)", 200)}`

const followAsText = Effect.fnUntraced(function* (run: RunRecord) {
  const painted = yield* paint
  yield* print(headOf(run))
  yield* Stream.runForEach(progressOf(run.request.run, { log: run.request.debug }), (progress) =>
    Effect.forEach(
      progress._tag === "Ended" ? [outcomeText(progress.exit, painted)] : linesOf(progress, painted),
      print,
      { discard: true },
    ),
  )
})

/** One JSON document a line. */
const followAsJson = (run: RunRecord) =>
  Stream.runForEach(progressOf(run.request.run, { log: run.request.debug }), ({ _tag, ...rest }) =>
    print(JSON.stringify({ event: _tag.toLowerCase(), ...rest })),
  )
