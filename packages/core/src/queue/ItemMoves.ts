import { Effect, Option } from "effect"
import type { QueueItem, QueueItemId } from "../domain/QueueItem.ts"
import type { HomeUnusable } from "../system/Files.ts"
import type { ItemEntry } from "./ItemDirectory.ts"
import { claimOf, nameOf, placeOf, type Spot } from "./ItemEntry.ts"
import { type ItemFiles, spot, type Verb } from "./ItemFiles.ts"
import type { Quarantine } from "./Quarantine.ts"

/** An item where it is. */
export interface Taken extends ItemEntry {
  readonly at: Spot
}

/** How items get from place to place, for who holds the lock. `touched` hears the name of every file that changed. */
export const itemMoves = (files: ItemFiles, bad: Quarantine, touched: (name: string) => Effect.Effect<void>) => {
  /**
   * What cannot be understood goes into quarantine, what the first kugetsu left in the wrong place to its own. A pending
   * item that is elsewhere, too, was copied there by hand: it must not run twice.
   */
  const putAway = Effect.fnUntraced(function* (at: Spot): Effect.fn.Return<void, HomeUnusable> {
    const entry = Option.getOrNull(yield* files.find(at))
    yield* touched(at.name)
    if (entry === null) return
    if (entry._tag === "Broken") return yield* bad.put(files.fileOf(at), entry.reason)
    const other = (yield* files.spotsOf(entry.id)).find(({ place }) => place !== at.place)
    if (other !== undefined) return yield* bad.put(files.fileOf(at), doubled(other))
    if (entry._tag === "Item") return
    yield* files.move("upgrade", at, spot("done", at.name))
    yield* files.sync("upgrade", "done", at.place)
  })

  const take = Effect.fnUntraced(function* (at: Spot): Effect.fn.Return<Taken | null, HomeUnusable> {
    const entry = Option.getOrNull(yield* files.find(at))
    if (entry?._tag === "Item") return { ...entry, at }
    if (entry !== null) yield* putAway(at)
    return null
  })

  const takePending = Effect.fnUntraced(function* (id: QueueItemId) {
    const taken = yield* take(spot("items", nameOf(id)))
    if (taken === null || !(yield* files.isDoubled(id))) return taken
    yield* putAway(taken.at)
    return null
  })

  const takeRunning = Effect.fnUntraced(function* (id: QueueItemId) {
    const at = (yield* files.spotsOf(id)).find(({ place }) => place === "running")
    const taken = at === undefined ? null : yield* take(at)
    if (taken === null || !isCutOff(taken)) return taken
    yield* finish("settle", taken.at, taken.written)
    return null
  })

  /** One rename, which a power cut may take back. What somebody copied to where it goes is put aside, not replaced. */
  const move = Effect.fnUntraced(function* (verb: Verb, from: Spot, to: Spot) {
    yield* touched(from.name)
    yield* touched(to.name)
    if (yield* files.exists(to)) yield* bad.put(files.fileOf(to), doubled(from))
    yield* files.move(verb, from, to)
  })

  /** The second half of a change, also of one that was cut off after the first. */
  const finish = Effect.fnUntraced(function* (verb: Verb, from: Spot, item: QueueItem) {
    const to = spot(placeOf(item.state), nameOf(item.id))
    yield* move(verb, from, to)
    yield* files.sync(verb, to.place, from.place)
    return item
  })

  /** The new content in the old place, then one rename to where its state belongs. */
  const change = Effect.fnUntraced(function* (verb: Verb, from: Spot, item: QueueItem) {
    yield* touched(from.name)
    yield* files.rewrite(verb, from, item)
    return yield* finish(verb, from, item)
  })

  /** New content for an item that stays in its place. */
  const amend = Effect.fnUntraced(function* (verb: Verb, at: Spot, item: QueueItem) {
    yield* touched(at.name)
    yield* files.rewrite(verb, at, item)
    yield* files.sync(verb, at.place)
  })

  return { putAway, take, takePending, takeRunning, move, finish, change, amend }
}

const doubled = ({ place }: Spot): string => `there is an item of that id in ${place}`

/** It was rewritten for where it should go when its run was settled, and never went there. */
export const isCutOff = ({ at, written }: Taken): boolean => claimOf(at.name)?.run === written.run
