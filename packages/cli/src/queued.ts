import { notBeforeForms, parseNotBefore } from "@kugetsu/core/domain/parseNotBefore"
import { Priority } from "@kugetsu/core/domain/QueueItem"
import type { QueuedTask } from "@kugetsu/core/enqueueTask"
import { findDaemon } from "@kugetsu/daemon/findDaemon"
import { DateTime, Effect, Option, Schema, SchemaTransformation } from "effect"
import { Flag } from "effect/cli"
import { Json } from "./flags.ts"
import { tellFailure } from "./reportFailure.ts"
import { print, printJson, tell } from "./terminal.ts"
import { UsageError } from "./UsageError.ts"

/** A number as people write one: `1e2` and `0x10` are taken for slips. */
const decimal = Schema.String.check(Schema.isPattern(/^[+-]?\d+$/, { message: "a whole number from -999 to 999" }))

export const priority = Flag.String("priority").pipe(
  Flag.withMetavar("n"),
  Flag.withSchema(decimal.pipe(Schema.decodeTo(Priority, SchemaTransformation.numberFromString))),
  Flag.withDescription("Higher goes first, from -999 to 999; as a rule 0"),
  Flag.withDefault(0),
)

export const notBefore = Flag.String("not-before").pipe(
  Flag.withMetavar("time"),
  Flag.withDescription("Start it no sooner: 2026-11-21T09:00, or 30m, 2h, 1d12h from now"),
  Flag.optional,
)

/** The moment of `--not-before`; null: none was given. */
export const readNotBefore = Effect.fnUntraced(function* (given: Option.Option<string>) {
  if (Option.isNone(given)) return null
  const now = yield* DateTime.now
  const moment = parseNotBefore(given.value, now)
  if (Option.isSome(moment)) {
    if (DateTime.isLessThan(moment.value, now)) {
      yield* tell(`--not-before ${given.value} has passed: the task may start at once.`)
    }
    return moment.value
  }
  return yield* new UsageError({
    message: `--not-before ${JSON.stringify(given.value)} is no time`,
    remedy: `Write ${notBeforeForms}.`,
  })
})

/**
 * Prints the id of what was left in the queue, and says beside it if nobody is there to take it. The task is safe: what
 * goes wrong from here on is told and is no failure, or a script would leave it a second time.
 */
export const answerQueued = Effect.fnUntraced(function* ({ item: { id, issue_ref, state }, untold }: QueuedTask) {
  const answer = (yield* Json) ? printJson({ id, issue_ref, state }) : print(id)
  yield* Effect.catchTag(answer, "OutputFailed", (failure) =>
    Effect.andThen(tellFailure(failure), tell(`The task is in the queue as ${id}.`)),
  )
  if (untold !== null) yield* tellFailure(untold)
  const daemon = yield* Effect.result(findDaemon)
  if (daemon._tag === "Failure") yield* tellFailure(daemon.failure)
  else if (Option.isNone(daemon.success)) {
    yield* tell("No daemon is running, so that nothing starts yet. Start it with: kugetsu queue-daemon start")
  }
})
