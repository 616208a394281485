import { Effect, Option } from "effect"
import { SessionIndex, indexOf, sameIndex } from "./domain/SessionIndex.ts"
import { bySessionOrder, flawOf, Session, type TrackedSession } from "./domain/Session.ts"
import { ensureDirectory, type HomeUnusable, listDirectory, readText } from "./system/Files.ts"
import { jsonFile, RecordUnreadable } from "./system/JsonFile.ts"
import type { KugetsuPaths } from "./system/KugetsuHome.ts"
import { release, tryAcquire } from "./system/Lock.ts"

/** All of `sessions/`: what was understood, and an error for every file that was not. */
export interface SessionSurvey {
  readonly sessions: ReadonlyArray<TrackedSession>
  readonly unreadable: ReadonlyArray<RecordUnreadable>
}

const sessionFile = jsonFile(Session)
const indexFile = jsonFile(SessionIndex)

/** The files behind `Sessions`: reads and writes `sessions/`, and keeps index.json true to it. */
export const sessionFiles = (home: KugetsuPaths) => {
  const lock = home.lock("index.lock")
  const fileOf = (name: string) => home.sessionFile(`${name}.json`)

  const names = Effect.map(listDirectory(home.sessions), (entries) =>
    entries.flatMap((entry) => (/^[^.].*\.json$/.test(entry) ? [entry.slice(0, -".json".length)] : [])),
  )

  const read = Effect.fnUntraced(function* (
    name: string,
  ): Effect.fn.Return<Option.Option<TrackedSession>, RecordUnreadable | HomeUnusable> {
    const found = yield* sessionFile.find(fileOf(name))
    if (Option.isNone(found)) return Option.none()
    const tracked = { name, session: found.value }
    const flaw = flawOf(tracked)
    return flaw === null ? Option.some(tracked) : yield* new RecordUnreadable({ path: fileOf(name), reason: flaw })
  })

  const readAll: Effect.Effect<SessionSurvey, HomeUnusable> = Effect.gen(function* () {
    const sessions: Array<TrackedSession> = []
    const unreadable: Array<RecordUnreadable> = []
    for (const name of yield* names) {
      const outcome = yield* Effect.catchTag(read(name), "RecordUnreadable", Effect.succeed)
      if (outcome instanceof RecordUnreadable) unreadable.push(outcome)
      else if (Option.isSome(outcome)) sessions.push(outcome.value)
    }
    return { sessions: sessions.sort((a, b) => bySessionOrder(a.session, b.session)), unreadable }
  })

  const write = (name: string, session: Session) =>
    Effect.andThen(ensureDirectory(home.sessions), sessionFile.replace(fileOf(name), session))

  /** None: missing, or broken, which is the same for a summary that can be made again. */
  const index = Effect.catchTag(indexFile.find(home.index), "RecordUnreadable", () => Effect.succeedNone)

  const hasIndex = Effect.map(readText(home.index), Option.isSome)

  /** The index that should be there instead of the one that is. */
  const overdueIndex = Effect.fnUntraced(function* ({ sessions, unreadable }: SessionSurvey) {
    const before = yield* index
    const names = new Set(unreadable.map((error) => error.path.slice(home.sessions.length + 1)))
    const wanted = indexOf(sessions, names, Option.getOrNull(before))
    const current = Option.isSome(before) ? sameIndex(before.value, wanted) : sessions.length + unreadable.length === 0
    return current ? Option.none() : Option.some(wanted)
  })

  /** To be called with the lock held. */
  const mendIndex = Effect.gen(function* () {
    const overdue = yield* overdueIndex(yield* readAll)
    if (Option.isSome(overdue)) yield* indexFile.replace(home.index, overdue.value)
  })

  /** Reads everything, and mends the index unless somebody holds the lock, who will. */
  const survey = Effect.gen(function* () {
    const seen = yield* readAll
    if (Option.isSome(yield* overdueIndex(seen))) {
      yield* Effect.acquireUseRelease(
        tryAcquire(lock),
        (held) => (Option.isSome(held) ? mendIndex : Effect.void),
        (held) => (Option.isSome(held) ? release(held.value) : Effect.void),
      )
    }
    return seen
  })

  return { lock, names, read, readAll, write, index, hasIndex, overdueIndex, mendIndex, survey }
}
