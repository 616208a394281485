import { Effect, Option } from "effect"
import type { QueueItem, QueueItemId } from "../domain/QueueItem.ts"
import { attempt, type HomeUnusable } from "../system/Files.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"
import { itemDirectory, type Listing, namesIn, readListing } from "./ItemDirectory.ts"
import { nameOf, type Place, type Spot } from "./ItemEntry.ts"
import { itemFiles, spot } from "./ItemFiles.ts"
import { itemMoves } from "./ItemMoves.ts"
import { quarantine } from "./Quarantine.ts"
import { queueDirectories } from "./QueueDirectories.ts"
import { queueLock, type StoreError } from "./QueueLock.ts"

interface Look<A> {
  readonly value: A
  readonly strays: ReadonlyArray<Spot>
}

const TRIES_WITHOUT_LOCK = 2

/** The items in their directories, as one consistent whole. */
export const queueStore = Effect.fnUntraced(function* (paths: QueuePaths) {
  const lock = queueLock(paths)
  const directories = yield* queueDirectories(paths)
  const files = itemFiles(paths)
  const bad = quarantine(paths)
  const views = { items: itemDirectory("items", paths.items), running: itemDirectory("running", paths.running) }

  /** By the one section of this process that holds the lock. */
  const touched = new Set<string>()
  const moves = itemMoves(files, bad, (name) => Effect.sync(() => void touched.add(name)))

  const exclusively = <A, E>(body: Effect.Effect<A, E>): Effect.Effect<A, E | StoreError> =>
    lock.exclusively((step) =>
      Effect.sync(() => touched.clear()).pipe(
        Effect.andThen(directories.ensure),
        Effect.andThen(body),
        Effect.tap(() =>
          Effect.sync(() => {
            views.items.follow(step, touched)
            views.running.follow(step, touched)
          }),
        ),
      ),
    )

  const sharing = <A, E>(body: Effect.Effect<A, E>) => lock.sharing(() => body)

  /** One look at several places. What it finds astray is put away, and the look is repeated. */
  const looking = <A, E>(look: Effect.Effect<Look<A>, E>): Effect.Effect<A, E | StoreError> =>
    Effect.flatMap(look, ({ strays, value }) =>
      strays.length === 0
        ? Effect.succeed(value)
        : Effect.andThen(
            exclusively(Effect.forEach(strays, moves.putAway, { discard: true })),
            Effect.suspend(() => looking(look)),
          ),
    )

  const readDone = (names: ReadonlyArray<string>) =>
    attempt("read", paths.done, () => readListing("done", paths.done, names))

  /**
   * Done items are many, and seldom asked for: they are not remembered, and nobody need wait for the lock while they are
   * read. When one of them went meanwhile the look is repeated, in the end with the lock.
   */
  const lookAtAll = Effect.fnUntraced(function* (
    wanted: ReadonlyArray<Place>,
    tries: number,
  ): Effect.fn.Return<ReadonlyArray<Listing>, StoreError> {
    const seen = yield* lock.sharing((generation) =>
      Effect.gen(function* () {
        const [others, names] = yield* attempt(
          "read",
          paths.dir,
          () =>
            [
              wanted.map((place) => (place === "done" ? null : views[place].read(generation))),
              wanted.includes("done") ? namesIn(paths.done) : [],
            ] as const,
        )
        return { others, names, done: tries > 0 ? null : yield* readDone(names) }
      }),
    )
    const done = seen.done ?? (yield* readDone(seen.names))
    return done === null ? yield* lookAtAll(wanted, tries - 1) : seen.others.map((listing) => listing ?? done)
  })

  const list = (wanted: ReadonlyArray<Place>) =>
    looking(
      Effect.map(lookAtAll(wanted, TRIES_WITHOUT_LOCK), (listings) => ({
        value: listings.map(({ items }) => items),
        strays: [...listings.flatMap(({ strays }) => strays), ...doubled(listings)],
      })),
    )

  const reread = Effect.sync(() => {
    for (const view of Object.values(views)) view.forgetAll()
  })

  /** An item wherever it is. */
  const find = (id: QueueItemId) => looking(lock.sharing(() => lookAt(id)))

  const lookAt = Effect.fnUntraced(function* (
    id: QueueItemId,
  ): Effect.fn.Return<Look<Option.Option<QueueItem>>, HomeUnusable> {
    const [at, ...more] = yield* files.spotsOf(id)
    const copy = more.find(({ place }) => place === "items")
    if (copy !== undefined) return { value: Option.none(), strays: [copy] }
    const entry = at === undefined ? null : Option.getOrNull(yield* files.find(at))
    if (at === undefined || entry === null) return { value: Option.none(), strays: [] }
    return entry._tag === "Item"
      ? { value: Option.some(entry.item), strays: [] }
      : { value: Option.none(), strays: [at] }
  })

  /** Whether there is anything of that id. To be called with the lock shared at least. */
  const isKnown = (id: QueueItemId) => Effect.map(files.spotsOf(id), (spots) => spots.length > 0)

  return { directories, files, bad, moves, exclusively, sharing, list, reread, find, isKnown }
})
export type QueueStore = Effect.Success<ReturnType<typeof queueStore>>

/** Pending items that are also where they went once: copied back by hand. */
const doubled = (listings: ReadonlyArray<Listing>): ReadonlyArray<Spot> => {
  const gone = new Set(listings.flatMap(({ items, place }) => (place === "items" ? [] : items.map(({ id }) => id))))
  if (gone.size === 0) return []
  return listings.flatMap(({ items, place }) =>
    place === "items" ? items.flatMap(({ id }) => (gone.has(id) ? [spot(place, nameOf(id))] : [])) : [],
  )
}
