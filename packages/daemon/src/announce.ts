import type { Failure } from "@kugetsu/core/domain/Failure"
import { headlineOf, type NotificationType } from "@kugetsu/core/domain/Notification"
import { isOwnId, type QueueItem } from "@kugetsu/core/domain/QueueItem"
import type { RunExit, RunRequest } from "@kugetsu/core/domain/Run"
import { toldOf, type Verbosity } from "@kugetsu/core/domain/Verbosity"
import { newsOfQueued } from "@kugetsu/core/enqueueTask"
import { type News, Notifications } from "@kugetsu/core/Notifications"
import type { RecordUnreadable } from "@kugetsu/core/system/JsonFile"
import { Effect } from "effect"
import { tellTrouble } from "./trouble.ts"

/** What cannot be told must not stop what is told of; where it has to be told in the end, `tellAll` fails. */
const orLog = (what: string) =>
  Effect.catch(({ message }: Failure) => tellTrouble(what, `${what} could not be told: ${message}`))

export const tell = (news: News) => tellAll([news]).pipe(orLog(`${news.type} of ${news.about}`))

/** It was left in the queue; for who was killed before he could say so. */
export const announceQueued = Effect.fn("announce.announceQueued")((item: QueueItem) =>
  isOwnId(item.id)
    ? Effect.flatMap(Notifications, ({ tellLate }) =>
        tellLate([{ ...newsOfQueued(item), since: item.pending_since }]),
      ).pipe(orLog(`the arrival of ${item.id}`))
    : Effect.void,
)

/** Tells each that was not told before, in this order. */
export const tellAll = Effect.fn("announce.tellAll")(function* (all: ReadonlyArray<News>) {
  const notifications = yield* Notifications
  for (const news of all) yield* notifications.tell(news)
})

/** Its turn in the queue has come. */
export const newsOfTurn = ({ issue_ref, message, run }: Pick<RunRequest, "run" | "issue_ref" | "message">): News => ({
  type: "task_dequeued",
  about: run,
  message: message === null ? "" : headlineOf(message),
  issueRef: issue_ref,
  url: null,
})

/** Nothing can ever be started for it. */
export const announceRefusal = Effect.fn("announce.announceRefusal")((item: QueueItem, reason: string) =>
  tell({ type: "task_error", about: item.id, message: reason, issueRef: null, url: null }),
)

export const newsOfStart = ({ issue_ref, message, run }: RunRequest): News => ({
  type: "task_started",
  about: run,
  message: message === null ? "continues from where it stopped" : headlineOf(message),
  issueRef: issue_ref,
  url: null,
})

const HOUR_MS = 3_600_000

/** As it was when the run was asked for. */
export const verbosityOf = ({ settings }: Pick<RunRequest, "settings">): Verbosity => settings?.verbosity ?? "default"

/** What is over; of an item that is tried again only that it has to wait for hours. */
export const newsOfEnd = (exit: RunExit, item: QueueItem | null, verbosity: Verbosity): ReadonlyArray<News> => {
  if (item?.state === "pending") {
    const waitMs = Date.parse(item.not_before ?? "") - Date.parse(exit.finished_at)
    return exit.outcome === "quota_wait" && waitMs >= HOUR_MS ? [newsOfWait(exit, item)] : []
  }
  const type = typeOf(exit, item)
  return [
    {
      type,
      about: exit.run,
      message:
        type === "task_error" ? `${exit.outcome}: ${item?.error ?? exit.evidence[0] ?? ""}` : saidBy(exit, verbosity),
      issueRef: exit.issue_ref,
      url: exit.pr_url,
    },
  ]
}

const newsOfWait = ({ evidence, issue_ref, pr_url, run }: RunExit, { not_before }: QueueItem): News => ({
  type: "quota_wait",
  about: run,
  message: `it is tried again after ${not_before}: ${evidence[0] ?? "the provider refuses for its quota"}`,
  issueRef: issue_ref,
  url: pr_url,
})

/** A record that keeps something from being done: told once for each file. */
export const newsOfUnreadable = ({ message, path, remedy }: RecordUnreadable, issueRef: string | null): News => ({
  type: "record_unreadable",
  about: path,
  message: `${message}. ${remedy}`,
  issueRef,
  url: null,
})

export const announceTurn = Effect.fn("announce.announceTurn")((request: Parameters<typeof newsOfTurn>[0]) =>
  tell(newsOfTurn(request)),
)

export const announceStart = Effect.fn("announce.announceStart")((request: RunRequest) => tell(newsOfStart(request)))

/** One notification for what is over. */
export const announce = Effect.fn("announce.announce")((exit: RunExit, item: QueueItem | null, verbosity: Verbosity) =>
  Effect.forEach(newsOfEnd(exit, item, verbosity), tell, { discard: true }),
)

const typeOf = (exit: RunExit, item: QueueItem | null): NotificationType => {
  if (exit.outcome === "needs_input") return "needs_input"
  if (item !== null) return item.state === "completed" ? "task_completed" : "task_error"
  return ["pr_opened", "pr_updated", "committed", "no_change"].includes(exit.outcome) ? "task_completed" : "task_error"
}

/** The PM has one outcome when all goes well: its answer. */
const saidBy = (exit: RunExit, verbosity: Verbosity): string => {
  const words = toldOf(exit.turn?.last_text ?? "", verbosity)
  if (words !== "" && exit.issue_ref === null && exit.outcome === "no_change") return words
  // who was asked for a permission has to know for which one, whatever was said before
  const asked = exit.turn?.permission_asked == null ? [] : [exit.evidence[0] ?? ""]
  return [exit.outcome, ...asked, words].filter((part) => part !== "").join(": ")
}
