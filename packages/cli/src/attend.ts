import { ExitCode } from "@kugetsu/core/domain/Failure"
import type { RunExit, RunId } from "@kugetsu/core/domain/Run"
import { awaitRelease, followRun, type RunProgress } from "@kugetsu/core/followRun"
import { actsOf } from "@kugetsu/core/opencode/progress"
import { stopRun } from "@kugetsu/core/stopRun"
import { Effect, Option, Queue, Schema, Stream } from "effect"
import { keyPresses } from "./keyPresses.ts"
import { linesOf } from "./progressLines.ts"
import { paintErrors, tell } from "./terminal.ts"

/** The person let go of a run that goes on. */
export class Detached extends Schema.TaggedError<Detached>()("Detached", { run: Schema.String }) {
  readonly code = ExitCode.interrupted
  override get message() {
    return `run ${this.run} goes on`
  }
  get remedy() {
    return `kugetsu logs ${this.run} -f follows it again.`
  }
}

/** Time for the second Ctrl-C. */
const SECOND_PRESS_MS = 2000

/** What happens in a run, up to its outcome; a run whose supervisor died is settled. */
export const progressOf = (run: RunId, options: { readonly log: boolean }) =>
  followRun(run, { describe: actsOf, settle: settleAbandoned, log: options.log })

/** Loaded only when it comes to it: hardly ever. */
const settleAbandoned = (run: RunId) =>
  Effect.flatMap(
    Effect.promise(() => import("./settleAbandoned.ts")),
    (module) => module.settleAbandoned(run),
  )

/** Runs the progress of a run to its end. */
export const outcomeOf = <E, R>(progress: Stream.Stream<RunProgress, E, R>): Effect.Effect<RunExit, E, R> =>
  Effect.flatMap(Stream.runLast(progress), (last) =>
    Option.isSome(last) && last.value._tag === "Ended"
      ? Effect.succeed(last.value.exit)
      : Effect.die(new Error("the progress of a run ended before the run")),
  )

/**
 * Shows a run on standard error until its outcome. The first Ctrl-C only lets go of it, a second one within 2 s stops
 * it.
 */
export const attend = Effect.fn("attend")(function* (run: RunId, options: { readonly log: boolean }) {
  const presses = yield* keyPresses
  const paint = yield* paintErrors
  const shown = Stream.tap(progressOf(run, options), (progress) =>
    Effect.forEach(linesOf(progress, paint), tell, { discard: true }),
  )
  const letGo = Effect.gen(function* () {
    yield* Queue.take(presses)
    yield* tell("\nThe agent goes on. Press Ctrl-C again within 2 s to stop it.")
    const second = yield* Effect.timeoutOption(Queue.take(presses), SECOND_PRESS_MS)
    if (Option.isNone(second)) return yield* new Detached({ run })
    yield* tell("\nStopping the agent…")
    yield* stopRun(run, "Ctrl-C")
    yield* Queue.take(presses)
    return yield* new Detached({ run })
  })
  const outcome = yield* Effect.raceFirst(outcomeOf(shown), letGo)
  yield* Effect.raceFirst(awaitRelease(run), Queue.take(presses))
  return outcome
}, Effect.scoped)
