import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { Notification, type NotificationType } from "./domain/Notification.ts"
import { timestamp } from "./domain/Timestamp.ts"
import type { HomeUnusable } from "./system/Files.ts"
import { jsonFile, type RecordUnreadable } from "./system/JsonFile.ts"
import { KugetsuHome } from "./system/KugetsuHome.ts"
import { acquire, type LockBusy } from "./system/Lock.ts"

/** What is told; the same `about` and type are told once, however often it is said. */
export interface News {
  readonly type: NotificationType
  /** A run, an item, a file: what it is about. */
  readonly about: string
  readonly message: string
  readonly issueRef: string | null
  readonly url: string | null
}

/** News that somebody else should have told. `since` (ISO 8601): it was not told before that. */
export interface LateNews extends News {
  readonly since: string
}

type WriteError = RecordUnreadable | HomeUnusable | LockBusy

/** The newest of them are kept. */
const KEPT = 1000
const WAIT_MS = 10_000

/** notifications.json: what happened, for people who were not there. */
export class Notifications extends Context.Service<
  Notifications,
  {
    /** Oldest first, read ones too. */
    readonly list: Effect.Effect<ReadonlyArray<Notification>, RecordUnreadable | HomeUnusable>
    /** false: that was told before. */
    readonly tell: (news: News) => Effect.Effect<boolean, WriteError>
    /**
     * Tells what was not told yet; gives the number. What is older than all that is kept may have been told and
     * forgotten, and is not told.
     */
    readonly tellLate: (news: ReadonlyArray<LateNews>) => Effect.Effect<number, WriteError>
    /** Marks all as read; gives their number. */
    readonly markRead: Effect.Effect<number, WriteError>
  }
>()("@kugetsu/core/Notifications") {
  static readonly layer = Layer.effect(
    Notifications,
    Effect.gen(function* () {
      const home = yield* KugetsuHome
      const file = jsonFile(Schema.Array(Notification))
      const list = Effect.map(
        file.find(home.notifications),
        Option.getOrElse((): ReadonlyArray<Notification> => []),
      )
      const change = <A>(edit: (all: ReadonlyArray<Notification>) => readonly [ReadonlyArray<Notification>, A]) =>
        Effect.scoped(
          Effect.gen(function* () {
            yield* acquire(home.lock("notifications.lock"), { waitMs: WAIT_MS })
            const before = yield* list
            const [after, answer] = edit(before)
            if (after !== before) yield* file.replace(home.notifications, after.slice(-KEPT))
            return answer
          }),
        )

      return Notifications.of({
        list,
        tell: Effect.fn("Notifications.tell")(function* (news) {
          const at = timestamp(yield* DateTime.now)
          return yield* change((all) =>
            all.some(({ id }) => id === idOf(news)) ? [all, false] : [[...all, entryOf(news, at)], true],
          )
        }),
        tellLate: Effect.fn("Notifications.tellLate")(function* (news) {
          const at = timestamp(yield* DateTime.now)
          return yield* change((all) => {
            const told = new Set(all.map(({ id }) => id))
            const isKept = keptSince(all)
            const untold = news.filter((one) => !told.has(idOf(one)) && isKept(one.since))
            return [untold.length === 0 ? all : [...all, ...untold.map((one) => entryOf(one, at))], untold.length]
          })
        }),
        markRead: change((all) => {
          const unread = all.filter(({ read }) => !read).length
          return [unread === 0 ? all : all.map((one) => ({ ...one, read: true })), unread]
        }).pipe(Effect.withSpan("Notifications.markRead")),
      })
    }),
  )
}

const idOf = ({ about, type }: News): string => `${about}.${type}`

const entryOf = (news: News, at: string): Notification => ({
  id: idOf(news),
  timestamp: at,
  type: news.type,
  message: news.message,
  issue_ref: news.issueRef,
  url: news.url,
  read: false,
})

/** Notifications are in the order of their times, but for the wait for the lock. */
const DISORDER_MS = 2 * WAIT_MS

/** Whether what was told since some time is still among them. */
const keptSince = (all: ReadonlyArray<Notification>) => {
  const oldest = Date.parse(all[0]?.timestamp ?? "")
  return (since: string): boolean => all.length < KEPT || Date.parse(since) > oldest + DISORDER_MS
}
