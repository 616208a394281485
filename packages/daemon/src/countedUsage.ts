import type { RunExit } from "@kugetsu/core/domain/Run"
import type { Session } from "@kugetsu/core/domain/Session"
import { noUsage, type Usage, withTurn } from "@kugetsu/core/domain/Usage"
import { Runs } from "@kugetsu/core/Runs"
import { Effect } from "effect"

/**
 * How a run that ended is added to the sum of its session. A session without a sum (its record is older than sums, or
 * new) begins with the runs of its issue that are kept, this one among them.
 */
export const countedUsage = Effect.fn("countedUsage")(function* (exit: RunExit, before: Session) {
  const kept = before.usage === undefined ? yield* keptUsage(exit) : noUsage
  return ({ usage }: Pick<Session, "usage">): Usage => (usage === undefined ? kept : withTurn(usage, exit.turn))
})

const keptUsage = Effect.fnUntraced(function* ({ issue_ref }: RunExit) {
  const { runs } = yield* (yield* Runs).survey
  return runs
    .filter(({ request }) => request.issue_ref === issue_ref)
    .reduce((sum, { exit }) => withTurn(sum, exit?.turn ?? null), noUsage)
})
