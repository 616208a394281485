import { Effect, Option } from "effect"
import { randomBytes } from "node:crypto"
import * as path from "node:path"
import type { QueueItem, QueueItemId } from "../domain/QueueItem.ts"
import { printItem } from "../domain/StoredItem.ts"
import { crashPoint } from "../system/CrashPoint.ts"
import { attempt, type HomeUnusable, listDirectory } from "../system/Files.ts"
import { inspectFile, linkFile, moveFile, removeFile, syncDirectory, writeNewFile } from "../system/FileSteps.ts"
import type { QueuePaths } from "../system/KugetsuHome.ts"
import { claimOf, type Entry, nameOf, type Place, readEntry, type Spot } from "./ItemEntry.ts"
import { runningIds } from "./RunningIds.ts"

/** The changes of an item, as the crash points name them. */
export type Verb = "claim" | "settle" | "release" | "cancel" | "retry" | "heartbeat" | "upgrade"

export const spot = (place: Place, name: string): Spot => ({ place, name })

/** Milliseconds: nobody writes a single file for that long. */
const ABANDONED_MS = 3_600_000

/**
 * The steps by which items come into the directories and go from one to the next. Everything but `create` and `find` is
 * for who holds the lock.
 */
export const itemFiles = (paths: QueuePaths) => {
  const fileOf = ({ name, place }: Spot) => path.join(paths[place], name)

  const find = (spot: Spot): Effect.Effect<Option.Option<Entry>, HomeUnusable> =>
    attempt("read", fileOf(spot), () => Option.fromNullOr(readEntry(spot.place, fileOf(spot))))

  const exists = (spot: Spot) => Effect.map(inspectFile(fileOf(spot)), Option.isSome)

  /** Where there is anything of that id; among the pending ones last. */
  const spotsOf = Effect.fnUntraced(function* (id: QueueItemId) {
    const name = nameOf(id)
    const running = (yield* listDirectory(paths.running)).filter((other) => claimOf(other)?.id === id)
    const elsewhere = yield* Effect.filter([spot("done", name), spot("items", name)], exists)
    return [...running.map((other) => spot("running", other)), ...elsewhere]
  })

  const isRunning = runningIds(paths.running)

  /** Whether a pending item is also where it went once. */
  const isDoubled = Effect.fnUntraced(function* (id: QueueItemId) {
    if (yield* exists(spot("done", nameOf(id)))) return true
    return yield* isRunning(id, fileOf(spot("items", nameOf(id))))
  })

  const writeTemporary = Effect.fnUntraced(function* (item: QueueItem) {
    const file = path.join(paths.tmp, `${item.id}.${randomBytes(6).toString("hex")}`)
    yield* writeNewFile(file, printItem(item))
    return file
  })

  /** false: there is a pending item of that id. */
  const create = Effect.fnUntraced(function* (item: QueueItem) {
    const temporary = yield* writeTemporary(item)
    yield* crashPoint("queue.enqueue.written")
    const created = yield* linkFile(temporary, fileOf(spot("items", nameOf(item.id))))
    yield* crashPoint("queue.enqueue.linked")
    yield* removeFile(temporary)
    yield* crashPoint("queue.enqueue.unlinked")
    if (created) yield* syncDirectory(paths.items)
    yield* crashPoint("queue.enqueue.synced")
    return created
  })

  /** Its content is never at risk; that it is the new one survives a power cut only if its directory is synced. */
  const rewrite = Effect.fnUntraced(function* (verb: Verb, at: Spot, item: QueueItem) {
    const temporary = yield* writeTemporary(item)
    yield* crashPoint(`queue.${verb}.written`)
    yield* moveFile(temporary, fileOf(at))
    yield* crashPoint(`queue.${verb}.rewritten`)
  })

  const sync = Effect.fnUntraced(function* (verb: Verb, ...changed: ReadonlyArray<Place>) {
    yield* Effect.forEach(changed, (place) => syncDirectory(paths[place]))
    yield* crashPoint(`queue.${verb}.synced`)
  })

  /** One rename: the item is in exactly one of the two directories at any moment. */
  const move = Effect.fnUntraced(function* (verb: Verb, from: Spot, to: Spot) {
    yield* moveFile(fileOf(from), fileOf(to))
    yield* crashPoint(`queue.${verb}.moved`)
  })

  const remove = (at: Spot) => removeFile(fileOf(at))

  /** What writers that were killed left behind. */
  const sweepTemporaries = Effect.fnUntraced(function* (now: number) {
    for (const name of yield* listDirectory(paths.tmp)) {
      const file = path.join(paths.tmp, name)
      const stat = yield* inspectFile(file)
      if (Option.isSome(stat) && now - stat.value.mtimeMs > ABANDONED_MS) yield* removeFile(file)
    }
  })

  return { fileOf, find, exists, spotsOf, isDoubled, create, rewrite, sync, move, remove, sweepTemporaries }
}
export type ItemFiles = ReturnType<typeof itemFiles>
