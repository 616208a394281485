import { ExitCode, type Failure, type FailureRecord, isFailure, toRecord } from "@kugetsu/core/domain/Failure"
import { HostEnvironment } from "@kugetsu/core/system/HostEnvironment"
import { Cause, Effect } from "effect"
import { CliError } from "effect/cli"
import { Answered, endWith } from "./Answered.ts"
import { harmless, readable } from "./display.ts"
import { OutputClosed, paintErrors, printJson, tell } from "./terminal.ts"

/** Tells why a command failed, to people or as JSON, and gives back the exit code. The only place that does. */
export const reportFailure = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>, json: boolean) {
  if (Cause.hasInterruptsOnly(cause)) return ExitCode.interrupted
  const error = Cause.squash(cause)
  if (error instanceof OutputClosed) return ExitCode.done
  if (error instanceof Answered) return error.code
  if (CliError.isCliError(error)) return usageCode(error, json)
  const record = isFailure(error) ? toRecord(error) : yield* bug(error)
  yield* json ? printFailure(record) : tellFailure(record)
  return record.code
})

/** As JSON; where that cannot be written people are told. */
export const printFailure = (record: FailureRecord) =>
  Effect.catch(printJson({ ...record, message: readable(record.message) }), () => tellFailure(record))

/** The presenter has told what was wrong; only `kugetsu` alone is right, which shows its help, and that is no JSON. */
const usageCode = (error: CliError.CliError, json: boolean): number => {
  const isHelp = error._tag === "ShowHelp" && error.errors.length === 0 && error.commandPath.length === 1
  return isHelp && !json ? ExitCode.done : ExitCode.usage
}

export const tellFailure = Effect.fnUntraced(function* (failure: Pick<Failure, "message" | "remedy">) {
  const paint = yield* paintErrors
  yield* tell(`${paint("red", "kugetsu:")} ${harmless(readable(failure.message))}`)
  if (failure.remedy !== "") yield* tell(paint("dim", harmless(failure.remedy)))
})

const bug = Effect.fnUntraced(function* (defect: unknown) {
  const env = yield* HostEnvironment
  const told = defect instanceof Error ? `${defect.name}: ${defect.message}` : String(defect)
  if (env.KUGETSU_DEBUG) yield* tell(defect instanceof Error ? (defect.stack ?? told) : told)
  return {
    error: "Defect",
    message: `this is a bug in kugetsu: ${told}`,
    remedy: "Please report it with what you did. With KUGETSU_DEBUG=1 in the environment it shows where it happened.",
    code: ExitCode.failed,
  } satisfies FailureRecord
})

/** After an answer from what could be read: names each record that could not, and ends with their exit code. */
export const answerUnreadable = Effect.fnUntraced(function* (unreadable: ReadonlyArray<Failure>) {
  for (const failure of unreadable) yield* tellFailure(failure)
  const code = unreadable[0]?.code
  if (code !== undefined) return yield* endWith(code)
})
