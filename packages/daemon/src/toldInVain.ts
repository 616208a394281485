import type { RunId } from "@kugetsu/core/domain/Run"
import { Runs } from "@kugetsu/core/Runs"
import { type Cause, Effect, Option } from "effect"
import { tell } from "./announce.ts"
import { failureOf } from "./notStarted.ts"

/** What is kept of a run after its outcome. Where that is in vain people are told, and nothing else changes. */
export const toldInVain = <E, R>(run: RunId, keeping: Effect.Effect<void, E, R>) =>
  Effect.catchCause(keeping, (cause) => tellOf(run, cause))

const tellOf = Effect.fnUntraced(function* (run: RunId, cause: Cause.Cause<unknown>) {
  const { message: reason } = failureOf(cause)
  yield* Effect.logWarning(`the conversation could not be kept: ${reason}`)
  const found = yield* Effect.option((yield* Runs).require(run))
  yield* tell({
    type: "context_not_kept",
    about: run,
    message: `what was said in it is not kept beside its session: ${reason}`,
    issueRef: Option.match(found, { onNone: () => null, onSome: ({ request }) => request.issue_ref }),
    url: null,
  })
})
