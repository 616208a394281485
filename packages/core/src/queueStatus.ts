import { Effect, Option } from "effect"
import { endedAt } from "./domain/ItemChange.ts"
import { countByState } from "./domain/QueueItem.ts"
import { Queue } from "./Queue.ts"

/** Where kugetsu was never initialised: a look makes nothing. */
export const noQueue: Effect.Success<typeof queueStatus> = {
  queue: { total: 0, ...countByState([]), bad: 0 },
  paused: null,
  quarantined: [],
  last_error: null,
}

/** The queue as `kugetsu status --json` shows it. */
export const queueStatus = Effect.gen(function* () {
  const queue = yield* Queue
  const items = yield* queue.list()
  const quarantined = yield* queue.quarantined
  const [last] = items.filter(({ state }) => state === "error").sort((a, b) => endedAt(b) - endedAt(a))
  return {
    queue: { total: items.length, ...countByState(items), bad: quarantined.length },
    /** Since when; null: it is not. */
    paused: Option.getOrNull(yield* queue.paused),
    quarantined: quarantined.map(({ name, place, reason, since }) => ({ name, place, reason, since })),
    last_error:
      last === undefined
        ? null
        : { id: last.id, issue_ref: last.issue_ref, error: last.error, completed_at: last.completed_at },
  }
}).pipe(Effect.withSpan("queueStatus"))
