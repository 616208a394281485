import { ExitCode, isFailure } from "@kugetsu/core/domain/Failure"
import type { RunId } from "@kugetsu/core/domain/Run"
import { becomeSubreaper } from "@kugetsu/core/system/Native"
import { Cause, Deferred, Effect, Exit } from "effect"
import { supervise } from "./Supervisor.ts"

/**
 * The hidden program `kugetsu agent-run <run>`: supervises, and gives the process's exit code. What its agent orphans
 * becomes its child. TERM ends the run in order; a hang-up or a Ctrl-C meant for the launcher does not reach it.
 */
export const agentRun = Effect.fn("agentRun")(function* (run: string) {
  becomeSubreaper()
  const terminated = yield* Deferred.make<void>()
  yield* onSignals(terminated)
  const exit = yield* Effect.exit(supervise(run as RunId, terminated))
  if (Exit.isSuccess(exit)) return ExitCode.done
  const error = Cause.squash(exit.cause)
  yield* Effect.logError("the run could not be supervised", exit.cause)
  return isFailure(error) ? error.code : ExitCode.failed
}, Effect.scoped)

const onSignals = (terminated: Deferred.Deferred<void>) => {
  const end = () => {
    Effect.runFork(Deferred.succeed(terminated, undefined))
  }
  const ignore = () => undefined
  return Effect.acquireRelease(
    Effect.sync(() => {
      process.on("SIGTERM", end).on("SIGINT", ignore).on("SIGHUP", ignore)
    }),
    () =>
      Effect.sync(() => {
        process.off("SIGTERM", end).off("SIGINT", ignore).off("SIGHUP", ignore)
      }),
  )
}
