import { issueUsage } from "@kugetsu/core/issueUsage"
import { listedRun } from "@kugetsu/core/listRuns"
import { actsOf } from "@kugetsu/core/opencode/progress"
import type { RunRecord } from "@kugetsu/core/Runs"
import { growingFile } from "@kugetsu/core/system/GrowingFile"
import { KugetsuHome } from "@kugetsu/core/system/KugetsuHome"
import { Effect, Stream } from "effect"
import { progressOf } from "../../attend.ts"
import { harmless, oneLine } from "../../display.ts"
import { Json } from "../../flags.ts"
import { outcomeText } from "../../outcomeText.ts"
import { linesOf } from "../../progressLines.ts"
import { paint, print, printJson, printJsonLine } from "../../terminal.ts"
import { usageLine } from "../../usageText.ts"

/** What the agent did in a run and what came of it; with `follow`, as it happens. */
export const showRun = Effect.fnUntraced(function* (run: RunRecord, follow: boolean) {
  const paths = (yield* KugetsuHome).run(run.request.run)
  const files = { events: paths.events, log: paths.stderr, supervisor: paths.supervisorLog }
  const json = yield* Json
  if (follow) return yield* json ? followAsJson(run) : followAsText(run)
  const ofIssue = yield* issueUsage(run.request.issue_ref)
  if (json) return yield* printJson({ ...listedRun(run), exit: run.exit, issue_usage: ofIssue, files })
  const painted = yield* paint
  const acts = (yield* growingFile(paths.events)).flatMap(actsOf)
  yield* print(
    [
      headOf(run),
      ...acts.flatMap((act) => linesOf({ _tag: "Acted", act }, painted)),
      run.exit === null ? painted("cyan", listedRun(run).phase) : outcomeText(run.exit, painted),
      ...(ofIssue === null ? [] : [painted("dim", `  in all        ${usageLine(ofIssue)}, in ${ofIssue.runs} runs`)]),
      painted("dim", `  files         ${harmless(paths.dir)}`),
    ].join("\n"),
  )
})

const headOf = ({ request }: RunRecord): string =>
  `${harmless(`${request.run}  ${request.issue_ref ?? "PM agent"}  ${request.requested_at}`)}\n> ${oneLine(request.message ?? "(continue)", 200)}`

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
    printJsonLine({ event: _tag.toLowerCase(), ...rest }),
  )
