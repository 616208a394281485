import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import { type Notification, type NotificationType, ofStored, StoredNotification } from "./domain/Notification.ts"
import { timestamp } from "./domain/Timestamp.ts"
import { rankOfType, withinLimit } from "./domain/withinLimit.ts"
import { redactor } from "./Redactor.ts"
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

/** So many are kept, and of the rest no unread one goes silently that a person must know. */
const KEPT = 1000
/** The file is held for moments; a holder that was stopped in one of them is waited for that long. */
const WAIT_MS = 10_000

/** notifications.json: what happened, for people who were not there. */
export class Notifications extends Context.Service<
  Notifications,
  {
    /** Oldest first, read ones too. */
    readonly list: Effect.Effect<ReadonlyArray<Notification>, RecordUnreadable | HomeUnusable>
    /** false: that was told before. `waitMs` is for who must not be kept waiting by another process. */
    readonly tell: (news: News, waitMs?: number) => Effect.Effect<boolean, WriteError>
    /**
     * Tells what was not told yet; gives the number. What is older than all that is kept of its rank may have been told
     * and dropped, and is not told.
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
      const file = jsonFile(Schema.Array(StoredNotification))
      const list = Effect.map(
        file.find(home.notifications),
        Option.match({ onNone: (): ReadonlyArray<Notification> => [], onSome: (all) => all.map(ofStored) }),
      )
      const change = <A>(
        waitMs: number,
        edit: (all: ReadonlyArray<Notification>) => readonly [ReadonlyArray<Notification>, A],
      ) =>
        Effect.scoped(
          Effect.gen(function* () {
            yield* acquire(home.lock("notifications.lock"), { waitMs })
            const before = yield* list
            const [after, answer] = edit(before)
            const now = timestamp(yield* DateTime.now)
            if (after !== before) yield* file.replace(home.notifications, withinLimit(after, KEPT, now))
            return answer
          }),
        )

      /** What is told may repeat what an agent, git or a forge said. */
      const toldAs = (news: News, at: string) =>
        Effect.map(Effect.provideService(redactor, KugetsuHome, home), (redact) =>
          entryOf({ ...news, message: redact(news.message), url: news.url === null ? null : redact(news.url) }, at),
        )

      return Notifications.of({
        list,
        tell: Effect.fn("Notifications.tell")(function* (news, waitMs = WAIT_MS) {
          const at = timestamp(yield* DateTime.now)
          const entry = yield* toldAs(news, at)
          return yield* change(waitMs, (all) =>
            all.some(({ id }) => id === entry.id) ? [all, false] : [[...all, entry], true],
          )
        }),
        tellLate: Effect.fn("Notifications.tellLate")(function* (news) {
          const at = timestamp(yield* DateTime.now)
          const entries = yield* Effect.forEach(news, (one) =>
            Effect.map(toldAs(one, at), (entry) => ({ entry, since: one.since, type: one.type })),
          )
          return yield* change(WAIT_MS, (all) => {
            const told = new Set(all.map(({ id }) => id))
            const isKept = stillKept(all)
            const untold = entries.filter((one) => !told.has(one.entry.id) && isKept(one))
            return [untold.length === 0 ? all : [...all, ...untold.map(({ entry }) => entry)], untold.length]
          })
        }),
        markRead: change(WAIT_MS, (all) => {
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

/** Whether it would still be there if it had been told in time. */
const stillKept = (all: ReadonlyArray<Notification>) => {
  const oldest = new Map<number, number>()
  for (const { timestamp, type } of all) {
    const rank = rankOfType(type)
    if (!oldest.has(rank)) oldest.set(rank, Date.parse(timestamp))
  }
  return ({ since, type }: Pick<LateNews, "since" | "type">): boolean =>
    all.length < KEPT || Date.parse(since) > (oldest.get(rankOfType(type)) ?? Number.POSITIVE_INFINITY) + DISORDER_MS
}
