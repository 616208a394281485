import { parseIssueRef } from "@kugetsu/core/domain/IssueRef"
import { LaunchAsked } from "@kugetsu/core/domain/LaunchExchange"
import { Launcher } from "@kugetsu/core/Launcher"
import { requireInitialised } from "@kugetsu/core/requireInitialised"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Effect, Schema, Stdio, Stream } from "effect"
import { printJson } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

/** Launches the run that a program with @kugetsu/core asks for on standard input, and answers with its id. */
export const launchForProgram = Effect.gen(function* () {
  const { KUGETSU_RUN: outer } = yield* HostEnvironment
  if (outer)
    return yield* refusal(`this is inside run ${outer}`, "An agent leaves tasks in the queue: kugetsu delegate.")
  const text = yield* Stdio.Stdio.use(({ stdin }) => Stream.mkString(Stream.decodeText(stdin))).pipe(
    Effect.mapError(({ message }) => refusal(`cannot read standard input: ${message}`, "Pipe a request in.")),
  )
  const asked = yield* Schema.decodeEffect(LaunchAsked)(text).pipe(
    Effect.mapError(() =>
      refusal("that is no request for a run", "This is for programs with @kugetsu/core of the same version."),
    ),
  )
  yield* requireInitialised
  const run = yield* (yield* Launcher).launch({
    agent: asked.agent,
    issue: asked.issue_ref === null ? null : yield* Effect.fromResult(parseIssueRef(asked.issue_ref)),
    message: asked.message,
    debug: asked.debug,
    fresh: asked.fresh,
    item: asked.item,
    ...(asked.pr_url === null ? {} : { pullRequestUrl: asked.pr_url }),
  })
  yield* printJson({ run })
}).pipe(Effect.withSpan("launchForProgram"))

const refusal = (message: string, remedy: string) => new UsageError({ message, remedy })
