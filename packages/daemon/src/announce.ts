import { headlineOf, type NotificationType } from "@kugetsu/core/domain/Notification"
import type { QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunExit, RunRequest } from "@kugetsu/core/domain/Run"
import { type News, Notifications } from "@kugetsu/core/Notifications"
import { Effect } from "effect"

/** What cannot be told must not stop what is told of. */
export const tell = Effect.fnUntraced(function* (news: News) {
  yield* (yield* Notifications)
    .tell(news)
    .pipe(Effect.catch((failure) => Effect.logError(`a notification could not be written: ${failure.message}`)))
})

/** Its turn in the queue has come. */
export const announceTurn = Effect.fn("announce.announceTurn")(function* ({
  issue_ref,
  message,
  run,
}: Pick<RunRequest, "run" | "issue_ref" | "message">) {
  yield* tell({
    type: "task_dequeued",
    about: run,
    message: message === null ? "" : headlineOf(message),
    issueRef: issue_ref,
    url: null,
  })
})

export const announceStart = Effect.fn("announce.announceStart")(function* ({ issue_ref, message, run }: RunRequest) {
  yield* tell({
    type: "task_started",
    about: run,
    message: message === null ? "continues from where it stopped" : headlineOf(message),
    issueRef: issue_ref,
    url: null,
  })
})

/** One notification for what is over; an item that is tried again is not. */
export const announce = Effect.fn("announce.announce")(function* (exit: RunExit, item: QueueItem | null) {
  if (item?.state === "pending") return
  const type = typeOf(exit, item)
  yield* tell({
    type,
    about: exit.run,
    message: type === "task_error" ? `${exit.outcome}: ${item?.error ?? exit.evidence[0] ?? ""}` : saidBy(exit),
    issueRef: exit.issue_ref,
    url: exit.pr_url,
  })
})

const typeOf = (exit: RunExit, item: QueueItem | null): NotificationType => {
  if (exit.outcome === "needs_input") return "needs_input"
  if (item !== null) return item.state === "completed" ? "task_completed" : "task_error"
  return ["pr_opened", "pr_updated", "committed", "no_change"].includes(exit.outcome) ? "task_completed" : "task_error"
}

const LONGEST_WORDS = 500

const saidBy = (exit: RunExit): string => {
  const words = exit.turn?.last_text?.trim() ?? ""
  const cut = words.length > LONGEST_WORDS ? `${words.slice(0, LONGEST_WORDS)}…` : words
  return cut === "" ? exit.outcome : `${exit.outcome}: ${cut}`
}
